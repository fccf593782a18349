/** Times, days, durations and sizes as the reader's language writes them (Intl). */
import type { Lang } from './i18n.ts';

/** The full tags: 24-hour clock and day-month order as people in the Nordic countries read them. */
export const LOCALES: Record<Lang, string> = { fi: 'fi-FI', sv: 'sv-FI', en: 'en-GB' };
const DAY = 24 * 60 * 60 * 1000;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(
  lang: Lang,
  name: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${lang} ${name}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(LOCALES[lang], options);
    formats.set(key, made);
  }
  return made;
}

/** The time of day. `at`: ms since 1970. */
export function timeText(at: number, lang: Lang): string {
  return format(lang, 'time', { hour: 'numeric', minute: '2-digit' }).format(at);
}

/** Date and time in full, for tooltips. */
export function fullText(at: number, lang: Lang): string {
  return format(lang, 'full', { dateStyle: 'full', timeStyle: 'short' }).format(at);
}

/** The weekday and the date, in short: for calendars. */
export function weekdayText(at: number, lang: Lang): string {
  return format(lang, 'weekday', { weekday: 'short', day: 'numeric', month: 'numeric' }).format(at);
}

/** The time today, the day and month before: for rows of a list. */
export function briefText(at: number, now: number, lang: Lang): string {
  if (sameDay(at, now)) return timeText(at, lang);
  return format(lang, 'brief', { day: 'numeric', month: 'numeric' }).format(at);
}

/** The day: today and yesterday by their words, else the date; the year when it is another. */
export function dayText(at: number, now: number, lang: Lang): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY); // rounds over summer time
  if (days === 0 || days === 1) {
    const words = new Intl.RelativeTimeFormat(LOCALES[lang], { numeric: 'auto' });
    const text = words.format(-days, 'day');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return sameYear
    ? format(lang, 'day', { weekday: 'long', day: 'numeric', month: 'long' }).format(at)
    : format(lang, 'date', { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

export function sameDay(a: number, b: number): boolean {
  return startOfDay(a) === startOfDay(b);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** A running time: 0:07, 12:34, 1:02:03. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, '0') : part)).join(':');
}

/** A file's size, in kB from 1000 bytes on. */
export function sizeText(bytes: number, lang: Lang): string {
  const [amount, unit] =
    bytes < 1000
      ? [bytes, 'byte']
      : bytes < 999_500
        ? [bytes / 1000, 'kilobyte']
        : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(LOCALES[lang], {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: unit === 'megabyte' ? 1 : 0,
  }).format(amount);
}

const STEPS = [
  [60_000, 'second'],
  [3_600_000, 'minute'],
  [DAY, 'hour'],
  [Number.POSITIVE_INFINITY, 'day'],
] as const;
const LENGTHS = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY } as const;

/** How long ago: "now" within the first minute, "5 min ago", "2 hr ago", "yesterday". */
export function agoText(at: number, now: number, lang: Lang): string {
  const past = Math.max(0, now - at);
  const [, unit] = STEPS.find(([below]) => past < below) ?? STEPS[3];
  const words = new Intl.RelativeTimeFormat(LOCALES[lang], { numeric: 'auto', style: 'short' });
  const count = unit === 'second' ? 0 : Math.floor(past / LENGTHS[unit]);
  return words.format(count === 0 ? 0 : -count, unit);
}
