/**
 * Turns a thread's entries into the lines that the widget shows: day separators, messages grouped
 * by their writer, notices. Pure.
 */
import type { Entry } from '@/client/entries.ts';
import { sameDay } from '@/i18n/dates.ts';

const TOGETHER = 5 * 60 * 1000; // ms between messages that share a name and a time

export type Line =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'notice'; key: string; entry: Entry }
  | { kind: 'auto'; key: string; entry: Entry; name: string }
  | { kind: 'message'; key: string; entry: Entry; first: boolean; last: boolean; told: boolean };

const NOTICES = new Set(['assigned', 'unassigned', 'closed']);
/** Events that the log tells of with words that are fetched. */
const RARE = new Set([
  'expert_admitted',
  'expert_left',
  'call_ended',
  'cobrowse_started',
  'cobrowse_declined',
  'cobrowse_ended',
  'identity_asked',
  'identity_verified',
  'identity_ended',
  'queued',
  'queue_left',
]);

/** Whether an event is told in words that are fetched. */
export function isRare({ event }: Entry): boolean {
  return RARE.has(event.kind);
}

/** `told`: this message carries the status that stands for all own ones before it. */
export function linesOf(entries: readonly Entry[]): Line[] {
  const lines: Line[] = [];
  const shown = entries.filter(
    ({ event }) => event.kind === 'message' || NOTICES.has(event.kind) || RARE.has(event.kind),
  );
  let lastOwn = shown.length - 1;
  while (lastOwn >= 0 && !(shown[lastOwn]?.mine && shown[lastOwn]?.event.kind === 'message')) {
    lastOwn -= 1;
  }
  shown.forEach((entry, index) => {
    const before = shown[index - 1];
    const after = shown[index + 1];
    if (!before || !sameDay(before.at, entry.at)) {
      lines.push({ kind: 'day', key: `day ${entry.key}`, at: entry.at });
    }
    const { key, event } = entry;
    if (event.kind !== 'message') lines.push({ kind: 'notice', key, entry });
    else if (event.auto) lines.push({ kind: 'auto', key, entry, name: event.auto });
    else {
      const first = !together(before, entry);
      const last = !together(entry, after);
      const told = index === lastOwn || entry.status === 'failed';
      lines.push({ kind: 'message', key, entry, first, last, told });
    }
  });
  return lines;
}

function together(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a?.event.kind !== 'message' || b?.event.kind !== 'message') return false;
  if (a.event.auto || b.event.auto || a.mine !== b.mine) return false;
  const sameWriter = a.mine || a.by.id === b.by.id;
  return sameWriter && b.at - a.at < TOGETHER && sameDay(a.at, b.at);
}
