/** Days to come and times in another place, as words within a sentence (Intl). */
import { LOCALES } from './dates.ts';
import type { Lang } from './i18n.ts';

const DAY = 24 * 60 * 60 * 1000;
const WEEK = 7; // days; from then on a weekday's name alone is not clear

/** "today", "tomorrow", "on Monday", and from a week on "on Monday 30 November". */
export function comingDay(at: number, now: number, lang: Lang): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY); // rounds over summer time
  if (days === 0 || days === 1) {
    return new Intl.RelativeTimeFormat(LOCALES[lang], { numeric: 'auto' }).format(days, 'day');
  }
  const near = days > 0 && days < WEEK;
  const weekday = written(at, lang, { weekday: 'long' });
  const date = written(at, lang, { day: 'numeric', month: 'long' });
  const on = { fi: `${weekday}na`, sv: near ? `på ${weekday}` : weekday, en: `on ${weekday}` };
  return near ? on[lang] : `${on[lang]} ${date}`;
}

/** The time of day in a place; null where it is the same as here, or the place is not known. */
export function timeIn(timeZone: string, at: number, lang: Lang): string | null {
  const clock = { hour: 'numeric', minute: '2-digit' } as const;
  try {
    const there = written(at, lang, { ...clock, timeZone });
    return there === written(at, lang, clock) ? null : there;
  } catch {
    return null; // a zone that this browser has not heard of
  }
}

export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function written(at: number, lang: Lang, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[lang], options).format(at);
}
