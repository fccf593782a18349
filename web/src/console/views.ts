/**
 * The inbox's views: which conversations each holds, in which order, and how many.
 *
 * Pure: rows and the clock come in, lists go out. `waiting_since` is the first visitor message
 * that staff has not answered, so the default order puts the customer who has waited longest first
 * in every view, and an answered conversation never hides an unanswered one.
 */
import type { ConversationSummary } from '@/client/protocol.gen';
import { departmentOf } from './queue/places';

export type View = 'waiting' | 'mine' | 'all' | 'closed';
export type Order = 'longest' | 'newest' | 'oldest';

export const VIEWS: readonly View[] = ['waiting', 'mine', 'all', 'closed'];
export const ORDERS: readonly Order[] = ['longest', 'newest', 'oldest'];

export interface Counts {
  waiting: number;
  mine: number;
  all: number;
  /** Conversations of mine, or offered to me, that I have not seen to the end. */
  unread: number;
}

/** Whether a colleague has asked `me` to take this conversation over. */
export function offeredTo(row: ConversationSummary, me: string): boolean {
  return row.state !== 'closed' && row.transfer?.to?.id === me;
}

/** What I serve, or take part in: offered to me, asked of me, looked in on. */
export function isMine(row: ConversationSummary, me: string): boolean {
  if (row.state === 'closed') return false;
  return (
    row.assignee?.id === me ||
    offeredTo(row, me) ||
    row.consult?.to.id === me ||
    (row.observers ?? []).some(({ person }) => person.id === me)
  );
}

export function belongs(row: ConversationSummary, view: View, me: string): boolean {
  switch (view) {
    case 'waiting':
      return row.state === 'waiting';
    case 'mine':
      return isMine(row, me);
    case 'all':
      return row.state !== 'closed';
    case 'closed':
      return row.state === 'closed';
  }
}

export function countViews(rows: readonly ConversationSummary[], me: string): Counts {
  const counts: Counts = { waiting: 0, mine: 0, all: 0, unread: 0 };
  for (const row of rows) {
    if (row.state === 'closed') continue;
    counts.all += 1;
    if (row.state === 'waiting') counts.waiting += 1;
    if (isMine(row, me)) {
      counts.mine += 1;
      const answers = row.assignee?.id === me || offeredTo(row, me);
      if (answers && (row.unread ?? 0) > 0) counts.unread += 1;
    }
  }
  return counts;
}

/** The time of the newest line, or of the opening while there is none. */
export function lastAt(row: ConversationSummary): number {
  return row.last?.at ?? row.opened_at;
}

/** Negative when `a` comes first. Ids break ties, so that equal times never swap places. */
export function compareRows(
  a: ConversationSummary,
  b: ConversationSummary,
  order: Order,
  view: View,
): number {
  const tie = a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  if (view === 'closed') return (b.closed_at ?? 0) - (a.closed_at ?? 0) || tie;
  switch (order) {
    case 'longest': {
      const waitsA = a.waiting_since ?? null;
      const waitsB = b.waiting_since ?? null;
      if (waitsA !== null && waitsB !== null) return waitsA - waitsB || tie;
      if (waitsA !== null) return -1;
      if (waitsB !== null) return 1;
      return lastAt(b) - lastAt(a) || tie;
    }
    case 'newest':
      return lastAt(b) - lastAt(a) || tie;
    case 'oldest':
      return a.opened_at - b.opened_at || tie;
  }
}

export interface Listing {
  view: View;
  order: Order;
  unreadOnly: boolean;
  /** Only what waits in, or belongs to, this department. */
  department?: string | null;
  me: string;
  /** Stays in the list although the unread filter would drop it: one reads what one has open. */
  keep?: string | null;
}

export function listRows(rows: readonly ConversationSummary[], by: Listing): ConversationSummary[] {
  return rows
    .filter((row) => belongs(row, by.view, by.me))
    .filter((row) => !by.department || departmentOf(row)?.id === by.department)
    .filter((row) => !by.unreadOnly || (row.unread ?? 0) > 0 || row.id === by.keep)
    .sort((a, b) => compareRows(a, b, by.order, by.view));
}

/**
 * Keeps the rows that were shown where they were and puts new ones after them, for as long as a
 * pointer is over the list: nothing may move under it between aiming and clicking.
 */
export function holdOrder<T extends { id: string }>(
  shown: readonly string[],
  sorted: readonly T[],
): T[] {
  const left = new Map(sorted.map((row) => [row.id, row]));
  const held: T[] = [];
  for (const id of shown) {
    const row = left.get(id);
    if (row) {
      held.push(row);
      left.delete(id);
    }
  }
  return [...held, ...left.values()];
}

/** The id to select `step` places from `current`; the first or last row when none is selected. */
export function neighbour(
  ids: readonly string[],
  current: string | null,
  step: 1 | -1,
): string | null {
  if (ids.length === 0) return null;
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return (step === 1 ? ids[0] : ids[ids.length - 1]) ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}

/** How long a customer has waited, in whole seconds; null when nobody waits, or only for a call. */
export function waitedSeconds(row: ConversationSummary, now: number): number | null {
  if (row.state === 'closed' || row.waiting_since == null) return null;
  if ((row.queue?.callback_at ?? 0) > now) return null;
  return Math.max(0, Math.floor((now - row.waiting_since) / 1000));
}

/** "45 s", "3:07" or "2 h 05": as wide as it must be, and steady while it ticks. */
export function clock(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))}`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

const SOON = 60; // seconds; a shopper leaves a silent counter after about two minutes
const LATE = 180;

/** How pressing a wait is. The list says it with a word and a weight as well as a colour. */
export function urgency(seconds: number): 'calm' | 'soon' | 'late' {
  if (seconds >= LATE) return 'late';
  return seconds >= SOON ? 'soon' : 'calm';
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
