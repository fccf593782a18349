/** What every component of the console reaches for: the desk, the words, the screen's own state. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ConversationState, Person } from '@/client/protocol.gen';
import { createI18n, type I18n, type Lang } from '@/i18n';
import type { ComposerHandle } from '@/timeline/Composer';
import type { Canned } from '@/timeline/canned';
import { type TimelineStrings, timelineEn } from '@/timeline/strings.en';
import type { Desk } from './desk';
import type { DraftKind, Drafts } from './drafts';
import { SUPERVISOR, type SupervisorStrings } from './floor/strings.supervisor';
import type { Wish } from './identity/ask';
import type { ProofFact, Proofs } from './identity/proofs';
import { type IdentityStrings, identityEn } from './identity/strings.en';
import { DESK, type Page } from './pages';
import type { Prefs } from './prefs';
import type { Standing } from './queue/standing';
import { type QueueStrings, queueEn } from './queue/strings.en';
import type { Session } from './session';
import type { Showing } from './showing';
import { en, type Strings } from './strings.en';

export interface Words {
  console: Strings;
  timeline: TimelineStrings;
  identity: IdentityStrings;
  queue: QueueStrings;
}

/** English comes with the page; the others are fetched when they are chosen. */
export function consoleWords(lang: Lang): Promise<I18n<Words>> {
  return createI18n<Words>(
    {
      en: { console: en, timeline: timelineEn, identity: identityEn, queue: queueEn },
      fi: async () => ({
        console: (await import('./strings.fi')).fi,
        timeline: (await import('@/timeline/strings.fi')).timelineFi,
        identity: (await import('./identity/strings.fi')).identityFi,
        queue: (await import('./queue/strings.fi')).queueFi,
      }),
      sv: async () => ({
        console: (await import('./strings.sv')).sv,
        timeline: (await import('@/timeline/strings.sv')).timelineSv,
        identity: (await import('./identity/strings.sv')).identitySv,
        queue: (await import('./queue/strings.sv')).queueSv,
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
  | 'equipment'
  | 'rules'
  | 'gates'
  | 'guests'
  | 'commands';

/** A dialog that is about somebody or something. */
export type DialogAbout =
  | { admit: Person }
  | { ask: Wish }
  | { reveal: ProofFact }
  | { take: ConversationState }
  | { erase: ProofFact }
  | { eraseRecording: string; onErased: () => void };

/** State of the screen that belongs to no conversation. */
export class Screen {
  readonly dialog: Signal<DialogName | DialogAbout | null> = signal(null);
  /** What is shown: the conversations, or a page of a supervisor. */
  readonly page: Signal<Page> = signal(DESK);
  /** What the composer writes, by conversation; a reply when nothing else was chosen. */
  readonly kinds: Signal<ReadonlyMap<string, DraftKind>> = signal(new Map());
  /** Whether the context zone lies over the conversation (narrow screens). */
  readonly drawer = signal(false);
  /** The server's clock, ticking once a second while the page is seen. */
  readonly now: Signal<number> = signal(Date.now());
  readonly canned: Signal<Canned[]> = signal([]);
  readonly composer: { current: ComposerHandle | null } = { current: null };
  readonly search: { current: HTMLInputElement | null } = { current: null };

  chooseKind(conv: string, kind: DraftKind): void {
    this.kinds.value = new Map(this.kinds.value).set(conv, kind);
  }
}

export interface Env {
  session: Session;
  desk: Desk;
  standing: Standing;
  showing: Showing;
  proofs: Proofs;
  prefs: Prefs;
  drafts: Drafts;
  screen: Screen;
  words: I18n<Words>;
}

export const EnvContext = createContext<Env | null>(null);

export interface Told extends Env {
  t: Strings;
  line: TimelineStrings;
  who: IdentityStrings;
  q: QueueStrings;
  s: SupervisorStrings;
  lang: Lang;
}

export function useEnv(): Told {
  const env = useContext(EnvContext);
  if (!env) throw new Error('the console is drawn outside its environment');
  const { console: t, timeline: line, identity: who, queue: q } = env.words.t.value;
  const lang = env.words.lang.value;
  return { ...env, t, line, who, q, s: SUPERVISOR[lang], lang };
}

export type { ReadonlySignal };
