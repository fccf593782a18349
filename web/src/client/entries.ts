/**
 * What a thread shows: the timeline's events and, after them, what is still on its way.
 * Pure; `thread.ts` drives it.
 */
import type { NackCode } from './frames.ts';
import type { ConversationState, File, Message, Person, TimelineEvent } from './protocol.gen.ts';
import { isStaff } from './reduce.ts';

export type Side = 'visitor' | 'staff' | 'expert';

/** A message that the server has not put in the timeline yet. */
export interface Pending {
  id: string;
  at: number;
  text: string;
  files: File[];
  consult: boolean;
  confidential: boolean;
  status: 'sending' | 'failed' | 'sent';
  failure: NackCode | null;
}

export interface Entry {
  /** Stable: a pending message keeps its key when it becomes an event. */
  key: string;
  /** 0 until the server has taken it. */
  seq: number;
  at: number;
  by: Person;
  event: TimelineEvent['event'];
  /** Written by this person (on any device). */
  mine: boolean;
  /** Of own messages. */
  status: 'sending' | 'failed' | 'sent' | 'seen' | null;
  failure: NackCode | null;
}

export function sideOf(person: Person): Side {
  if (person.role === 'visitor' || person.role === 'expert') return person.role;
  return 'staff';
}

/** How far the other side has seen what `side` writes. */
export function seenUpTo(state: ConversationState | null, side: Side): number {
  const reads = state?.reads ?? {};
  return side === 'staff' ? (reads.visitor ?? 0) : (reads.staff ?? 0);
}

/** Whether an event has a line of its own in a timeline. */
export function isShown(event: TimelineEvent['event']): boolean {
  return event.kind !== 'read' && event.kind !== 'call_media';
}

/** Builds entries, giving the same object again for what has not changed. */
export class EntryBook {
  readonly #known = new WeakMap<TimelineEvent, Entry>();

  /** `events` are in order of `seq`; `me` is null until the server has said who we are. */
  build(
    events: readonly TimelineEvent[],
    pending: readonly Pending[],
    state: ConversationState | null,
    me: Person | null,
    side: Side,
  ): Entry[] {
    const seen = seenUpTo(state, side);
    const entries: Entry[] = [];
    for (const event of events) {
      if (isShown(event.event)) entries.push(this.#entry(event, seen, me, side));
    }
    for (const message of pending) entries.push(pendingEntry(message, me, side));
    return entries;
  }

  #entry(entry: TimelineEvent, seen: number, me: Person | null, side: Side): Entry {
    const { event, by } = entry;
    const mine = side === 'visitor' ? by.role === 'visitor' : by.id === me?.id;
    const status = event.kind === 'message' && mine ? (entry.seq <= seen ? 'seen' : 'sent') : null;
    const known = this.#known.get(entry);
    if (known && known.status === status && known.mine === mine) return known;
    const made: Entry = {
      key: event.kind === 'message' ? event.id : String(entry.seq),
      seq: entry.seq,
      at: entry.at,
      by,
      event,
      mine,
      status,
      failure: null,
    };
    this.#known.set(entry, made);
    return made;
  }
}

function pendingEntry(pending: Pending, me: Person | null, side: Side): Entry {
  const { id, text, files, consult, confidential } = pending;
  const kind = 'message' as const;
  const event: Message = { kind, id, text, files, consult, confidential };
  const role = side === 'staff' ? 'agent' : side;
  return {
    key: id,
    seq: 0,
    at: pending.at,
    by: me ?? { id: '', role },
    event,
    mine: true,
    status: pending.status,
    failure: pending.failure,
  };
}

/** Messages of the other side that `side` has not seen; automatic lines do not count. */
export function unreadIn(
  events: readonly TimelineEvent[],
  state: ConversationState | null,
  side: Side,
): number {
  const seen = state?.reads?.[side] ?? 0;
  let unread = 0;
  for (const { seq, event, by } of events) {
    if (seq <= seen || event.kind !== 'message' || event.auto) continue;
    if (sideOf(by) !== side && (side !== 'visitor' || isStaff(by) || by.role === 'expert')) {
      unread += 1;
    }
  }
  return unread;
}
