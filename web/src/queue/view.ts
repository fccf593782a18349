/** What every piece of this part's interface needs, given once by the panel. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { comingDay } from '@/i18n/coming.ts';
import type { Lang } from '@/i18n/i18n.ts';
import type { Queueing } from './queueing.ts';
import type { QueueWords } from './strings.en.ts';
import { slotText } from './times.ts';

export interface QueueView {
  readonly queueing: Queueing;
  readonly words: QueueWords;
  readonly lang: Lang;
  /** The server's clock, ms since 1970. */
  readonly now: () => number;
  /** When somebody is there next; null: it is not known, or somebody is there. */
  readonly opening: string | null;
  readonly offline: boolean;
  /** Somebody is there, so that it is worth waiting. */
  readonly live: boolean;
  readonly department: string;
}

export const QueueContext = createContext<QueueView | null>(null);

export function useQueue(): QueueView {
  const view = useContext(QueueContext);
  if (!view) throw new Error('a piece of waiting is used outside its panel');
  return view;
}

/** "We call you back today at 14:00–14:30" */
export function bookedText(at: number, { words, lang, now }: QueueView): string {
  return words.booked.title(comingDay(at, now(), lang), slotText(at, lang));
}
