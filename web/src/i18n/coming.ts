/** Days to come and times in another place, as words within a sentence (Intl). */
import { LOCALES } from './dates.ts';
import type { Lang } from './i18n.ts';

const DAY = 24 * 60 * 60 * 1000;
const WEEK = 7; // days; from then on a weekday's name alone is not clear

/** "today", "tomorrow", "on Monday", and from a week on "on Monday 30 November". */
export function comingDay(at: number, now: number, lang: Lang): string {
  const days = daysUntil(at, now);
  if (days === 0 || days === 1) return relative(days, lang);
  const near = days > 0 && days < WEEK;
  const weekday = written(at, lang, { weekday: 'long' });
  const on = { fi: `${weekday}na`, sv: near ? `på ${weekday}` : weekday, en: `on ${weekday}` };
  if (near) return on[lang];
  return `${on[lang]} ${written(at, lang, { day: 'numeric', month: 'long' })}`;
}

/** The same by itself, for a list: "Today", "Tomorrow", "Monday", "Monday 30 Nov". */
export function comingDayAlone(at: number, now: number, lang: Lang): string {
  const days = daysUntil(at, now);
  const near = days >= 0 && days < WEEK;
  let text =
    days === 0 || days === 1 ? relative(days, lang) : written(at, lang, { weekday: 'long' });
  if (!near) text += ` ${written(at, lang, { day: 'numeric', month: 'short' })}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
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

function daysUntil(at: number, now: number): number {
  return Math.round((startOfDay(at) - startOfDay(now)) / DAY); // rounds over summer time
}

function relative(days: number, lang: Lang): string {
  return new Intl.RelativeTimeFormat(LOCALES[lang], { numeric: 'auto' }).format(days, 'day');
}

function written(at: number, lang: Lang, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[lang], options).format(at);
}
