/**
 * How long until somebody must have an answer, in the states of an agreement on service: pending,
 * imminent from its warning on, breached. Pure; times are ms since 1970 on the server's clock.
 */
import type { ConversationSummary, QueueState, ServiceClock } from '@/client/protocol.gen';

export type ClockState = 'pending' | 'imminent' | 'breached';

export interface Countdown {
  state: ClockState;
  /** What is awaited: somebody to take it, the first answer, the next one. */
  of: 'wait' | 'first' | 'next';
  /** Whole seconds to go, or since it was due. */
  seconds: number;
}

const SOON = 30_000; // ms; a wait carries no warning time of its own

interface Timed {
  clock?: ServiceClock | null;
  queue?: QueueState | null;
}

/**
 * What is due first of the answer and of somebody's taking it; null when nothing is awaited. Who
 * asked to be called back later waits for nothing until then.
 */
export function countdown({ clock, queue }: Timed, now: number): Countdown | null {
  const later = queue?.callback_at != null && queue.callback_at > now;
  const waits = later ? null : (queue?.due_at ?? null);
  if (waits !== null && (!clock || waits < clock.due_at)) {
    return told('wait', waits, waits - SOON, now);
  }
  return clock ? told(clock.kind, clock.due_at, clock.warn_at, now) : null;
}

function told(of: Countdown['of'], due: number, warn: number, now: number): Countdown {
  if (now > due) return { state: 'breached', of, seconds: Math.floor((now - due) / 1000) };
  const seconds = Math.ceil((due - now) / 1000);
  return { state: now >= warn ? 'imminent' : 'pending', of, seconds };
}

/** Names a clock for good, so that one warning is enough for it. */
export function clockKey(conv: string, clock: ServiceClock): string {
  return `${conv}:${clock.kind}:${clock.since}`;
}

/** My conversations whose answer is nearly late, and that were not warned of yet. */
export function warnings(
  rows: readonly ConversationSummary[],
  me: string,
  now: number,
  told: ReadonlySet<string>,
): ConversationSummary[] {
  return rows.filter(
    ({ id, state, assignee, clock }) =>
      state === 'active' &&
      assignee?.id === me &&
      clock != null &&
      now >= clock.warn_at &&
      !told.has(clockKey(id, clock)),
  );
}
