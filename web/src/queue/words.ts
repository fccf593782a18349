/** The words of waiting; a language is fetched by itself. */
import type { Lang } from '@/i18n/i18n.ts';
import type { Wait } from './standing.ts';
import type { QueueWords } from './strings.en.ts';

const WORDS: Record<Lang, () => Promise<QueueWords>> = {
  en: () => import('./strings.en.ts').then(({ en }) => en),
  fi: () => import('./strings.fi.ts').then(({ fi }) => fi),
  sv: () => import('./strings.sv.ts').then(({ sv }) => sv),
};

export function queueWords(lang: Lang): Promise<QueueWords> {
  return WORDS[lang]();
}

/** "about 2–4 minutes" */
export function waitText(wait: Wait, { waits }: QueueWords): string {
  switch (wait.kind) {
    case 'about': {
      const { low, high } = wait;
      return waits.about(low === high ? String(low) : `${low}–${high}`);
    }
    case 'upTo':
      return waits.upTo(wait.high);
    case 'over':
      return waits.over(wait.low);
    default:
      return waits[wait.kind];
  }
}

/** "You are number 2 in line"; a place that is not known yet is not made up. */
export function placeText(place: number, words: QueueWords): string {
  if (place > 1) return words.place(place);
  return place === 1 ? words.next : words.inLine;
}
