/**
 * The rows of a timeline: lines grouped by who wrote them, days, the place where news begins, and
 * the acts between (who took it, calls, experts). Pure; `Timeline.tsx` draws them.
 */
import type { Entry } from '@/client/entries';

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'news'; key: string }
  | { kind: 'line'; key: string; entry: Entry; first: boolean; last: boolean }
  | { kind: 'act'; key: string; entry: Entry };

const GROUP = 5 * 60_000; // ms; lines further apart carry their own name and time

/** Acts that have their place elsewhere: the journey shows pages, the invite dialog links, the header clocks. */
const ELSEWHERE = new Set([
  'page',
  'contact',
  'invite_created',
  'invite_ended',
  'opened',
  'call_asked',
  'clock_started',
]);

export function isLine(entry: Entry): boolean {
  return entry.event.kind === 'message' || entry.event.kind === 'note';
}

/** Whether two lines stand as one group: same hand, same kind, close in time. */
export function joins(a: Entry, b: Entry): boolean {
  return (
    isLine(a) &&
    isLine(b) &&
    a.by.id === b.by.id &&
    a.event.kind === b.event.kind &&
    isPrivate(a) === isPrivate(b) &&
    isConfidential(a) === isConfidential(b) &&
    b.at - a.at < GROUP
  );
}

export function isPrivate(entry: Entry): boolean {
  return entry.event.kind === 'message' && entry.event.consult === true;
}

/** Whether only staff and the verified customer see it. */
export function isConfidential(entry: Entry): boolean {
  return entry.event.kind === 'message' && entry.event.confidential === true;
}

/**
 * @param seenUpTo the reader had seen everything up to this `seq` when they came; null: no marker
 * @param dayOf names the calendar day of a time in the reader's time zone
 * @param hidden kinds that are not for this reader, besides those that have their place elsewhere
 */
export function rowsOf(
  entries: readonly Entry[],
  seenUpTo: number | null,
  dayOf: (at: number) => string,
  hidden: ReadonlySet<string> = new Set(),
): Row[] {
  const rows: Row[] = [];
  let day = '';
  let before: Entry | null = null;
  let marked = seenUpTo === null;
  for (const entry of entries) {
    const { kind } = entry.event;
    if (ELSEWHERE.has(kind) || hidden.has(kind)) continue;
    const today = dayOf(entry.at);
    if (today !== day) {
      rows.push({ kind: 'day', key: `day-${today}`, at: entry.at });
      day = today;
      before = null;
    }
    const news =
      !marked && entry.seq > (seenUpTo ?? 0) && !entry.mine && entry.event.kind === 'message';
    if (news) {
      rows.push({ kind: 'news', key: 'news' });
      marked = true;
      before = null;
    }
    if (isLine(entry)) {
      const first = before === null || !joins(before, entry);
      const previous = rows[rows.length - 1];
      if (!first && previous?.kind === 'line') previous.last = false;
      rows.push({ kind: 'line', key: entry.key, entry, first, last: true });
    } else {
      rows.push({ kind: 'act', key: entry.key, entry });
    }
    before = entry;
  }
  return rows;
}

/** The last own line, which carries "sent" or "seen" for all above it; failed lines say it themselves. */
export function statusKey(rows: readonly Row[]): string | null {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.kind === 'line' && row.entry.mine && row.entry.event.kind === 'message')
      return row.key;
  }
  return null;
}
