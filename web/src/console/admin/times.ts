/** The week as it is edited: times as people type them, spans, and what is wrong with them. Pure. */
import { DAYS, type Day, type Hours, type Span, type Special, type Week } from './wire';

/** Read a time of day as people write it ("9", "9.30", "0930", "24"); null when it is none. */
export function readTime(typed: string): string | null {
  const text = typed.trim();
  const parts = /^(\d{1,2})(?:[.:](\d{2}))?$/.exec(text) ?? /^(\d{1,2})(\d{2})$/.exec(text);
  if (!parts) return null;
  const hour = Number(parts[1]);
  const minute = Number(parts[2] ?? 0);
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return null;
  return `${pad(hour)}:${pad(minute)}`;
}

/** A mistake of a span, in the words of the editor. `midnight`: it can be made into two. */
export type SpanMistake = 'time' | 'empty' | 'midnight' | 'overlap';

/** What is wrong with each span of a day; null where nothing is. */
export function mistakesOf(spans: readonly Span[]): (SpanMistake | null)[] {
  return spans.map(([from, to], at) => {
    if (readTime(from) !== from || readTime(to) !== to || from === '24:00') return 'time';
    if (from === to) return 'empty';
    if (from > to) return 'midnight';
    const crossed = spans.some(
      ([start, end], other) => other !== at && start < to && from < end && start < end,
    );
    return crossed ? 'overlap' : null;
  });
}

export type DateMistake = 'date' | 'twice';

export function dateMistakes(exceptions: readonly Special[]): (DateMistake | null)[] {
  return exceptions.map(({ date }, at) => {
    if (!/^20\d\d-\d\d-\d\d$/.test(date)) return 'date';
    return exceptions.some((one, other) => other !== at && one.date === date) ? 'twice' : null;
  });
}

/** Whether hours can be kept as they are. */
export function isGood({ week, exceptions }: Hours): boolean {
  const days = [...DAYS.map((day) => week[day]), ...exceptions.map(({ spans }) => spans)];
  const wrong = [...days.flatMap(mistakesOf), ...dateMistakes(exceptions)];
  return wrong.every((mistake) => mistake === null);
}

/** With one more span: after the last of the day, or the usual hours of an empty one. */
export function addSpan(spans: readonly Span[]): Span[] {
  const last = spans
    .map(([, to]) => to)
    .toSorted()
    .at(-1);
  if (last === undefined) return [['09:00', '17:00']];
  const hour = Number(readTime(last)?.slice(0, 2) ?? 24);
  if (hour >= 24) return [...spans, ['', '']];
  return [...spans, [`${pad(Math.min(23, hour + 1))}:00`, `${pad(Math.min(24, hour + 3))}:00`]];
}

export function setSpan(spans: readonly Span[], at: number, span: Span): Span[] {
  return spans.map((old, index) => (index === at ? span : old));
}

export function withoutSpan(spans: readonly Span[], at: number): Span[] {
  return spans.filter((_, index) => index !== at);
}

/** A span that crosses midnight, as two: the rest of it belongs to the day after. */
export function splitAtMidnight(week: Week, day: Day, at: number): Week {
  const span = week[day][at];
  if (!span || span[0] <= span[1]) return week;
  const [from, to] = span;
  const after = DAYS[(DAYS.indexOf(day) + 1) % DAYS.length] ?? day;
  const split: Week = { ...week, [day]: setSpan(week[day], at, [from, '24:00']) };
  if (to === '00:00') return split;
  return { ...split, [after]: [['00:00', to] as const, ...split[after]] };
}

/** The spans of one day on others too. */
export function copyDay(week: Week, from: Day, to: readonly Day[]): Week {
  return { ...week, ...Object.fromEntries(to.map((day) => [day, [...week[from]]])) };
}

export const WEEKDAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** Hours that are open around the clock: those of who has set none. */
export const ALWAYS: Week = Object.fromEntries(
  DAYS.map((day) => [day, [['00:00', '24:00'] as const]]),
) as unknown as Week;

/** The date after `date`; both 2026-12-24. */
export function dayAfter(date: string): string {
  const next = new Date(`${date}T12:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

/** With an exception for a date, closed unless spans are given; one that is there stays. */
export function withSpecial(
  exceptions: readonly Special[],
  date: string,
  note = '',
  spans: readonly Span[] = [],
): Special[] {
  if (exceptions.some((one) => one.date === date)) return [...exceptions];
  return [...exceptions, { date, spans, note }].sort((a, b) => a.date.localeCompare(b.date));
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
