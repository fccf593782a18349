/** When somebody is there next: "Opens tomorrow at 9:00". */
import { comingDay } from '@/i18n/coming.ts';
import { timeText } from '@/i18n/dates.ts';
import type { Lang } from '@/i18n/i18n.ts';

const WORDS: Record<Lang, (day: string, time: string) => string> = {
  en: (day, time) => `Opens ${day} at ${time}`,
  fi: (day, time) => `Avataan ${day} klo ${time}`,
  sv: (day, time) => `Öppnar ${day} kl. ${time}`,
};

/** Return the sentence; null where it is not known, or has come already. Times are in ms. */
export function openingText(at: number | null | undefined, now: number, lang: Lang): string | null {
  if (!at || at <= now) return null;
  return WORDS[lang](comingDay(at, now, lang), timeText(at, lang));
}
