/** What every component of the console reaches for: the desk, the words, the screen's own state. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Person } from '@/client/protocol.gen';
import { createI18n, type I18n, type Lang } from '@/i18n';
import type { ComposerHandle } from '@/timeline/Composer';
import type { Canned } from '@/timeline/canned';
import { type TimelineStrings, timelineEn } from '@/timeline/strings.en';
import type { Desk } from './desk';
import type { DraftKind, Drafts } from './drafts';
import type { Prefs } from './prefs';
import type { Session } from './session';
import type { Showing } from './showing';
import { en, type Strings } from './strings.en';

export interface Words {
  console: Strings;
  timeline: TimelineStrings;
}

/** English comes with the page; the others are fetched when they are chosen. */
export function consoleWords(lang: Lang): Promise<I18n<Words>> {
  return createI18n<Words>(
    {
      en: { console: en, timeline: timelineEn },
      fi: async () => ({
        console: (await import('./strings.fi')).fi,
        timeline: (await import('@/timeline/strings.fi')).timelineFi,
      }),
      sv: async () => ({
        console: (await import('./strings.sv')).sv,
        timeline: (await import('@/timeline/strings.sv')).timelineSv,
      }),
    },
    lang,
  );
}

export type DialogName =
  | 'close'
  | 'transfer'
  | 'invite'
  | 'keys'
  | 'settings'
  | 'rules'
  | 'commands';

/** State of the screen that belongs to no conversation. */
export class Screen {
  readonly dialog: Signal<DialogName | { admit: Person } | null> = signal(null);
  /** What the composer writes, by conversation; a reply when nothing else was chosen. */
  readonly kinds: Signal<ReadonlyMap<string, DraftKind>> = signal(new Map());
  /** Whether the context zone lies over the conversation (narrow screens). */
  readonly drawer = signal(false);
  /** The server's clock, ticking once a second while the page is seen. */
  readonly now: Signal<number> = signal(Date.now());
  readonly canned: Signal<Canned[]> = signal([]);
  readonly available: Signal<boolean | null> = signal(null);
  readonly composer: { current: ComposerHandle | null } = { current: null };
  readonly search: { current: HTMLInputElement | null } = { current: null };

  chooseKind(conv: string, kind: DraftKind): void {
    this.kinds.value = new Map(this.kinds.value).set(conv, kind);
  }
}

export interface Env {
  session: Session;
  desk: Desk;
  showing: Showing;
  prefs: Prefs;
  drafts: Drafts;
  screen: Screen;
  words: I18n<Words>;
}

export const EnvContext = createContext<Env | null>(null);

export function useEnv(): Env & { t: Strings; lang: Lang; line: TimelineStrings } {
  const env = useContext(EnvContext);
  if (!env) throw new Error('the console is drawn outside its environment');
  const { console: t, timeline: line } = env.words.t.value;
  return { ...env, t, line, lang: env.words.lang.value };
}

export type { ReadonlySignal };
