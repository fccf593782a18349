/**
 * What a visitor who waits is told, from the conversation's state and the newest place. Pure:
 * words and looks are elsewhere.
 */
import type { ConversationState, QueuePlace } from '@/client/protocol.gen.ts';

const LONG = 5 * 60; // seconds of waiting at least, from which on other ways come forward
const TOO_LONG = 15 * 60; // and seconds at most
const MINUTE = 60;
const VAGUE = 90; // minutes; a range that ends later than this has no end that helps

/** Why it waits no longer, where nobody has taken it. */
export type LeftReason = NonNullable<ConversationState['left']>;

/**
 * `waiting`: in line. `ringing`: somebody is being asked. `unstaffed`: in line, and nobody who
 * could take it is there. `callback`: somebody calls at `at`. `left`: a message to be answered.
 */
export type Standing =
  | { kind: 'waiting'; place: number; wait: Wait; long: boolean }
  | { kind: 'ringing' | 'unstaffed' }
  | { kind: 'callback'; at: number }
  | { kind: 'left'; reason: LeftReason };

/** Minutes to wait, rounded outwards. `over`: longer than; the end is not worth naming. */
export type Wait =
  | { kind: 'unknown' | 'minute' }
  | { kind: 'upTo'; high: number }
  | { kind: 'about'; low: number; high: number }
  | { kind: 'over'; low: number };

/** Return how the conversation stands; null: it does not wait. `now`: ms since 1970. */
export function standingOf(
  state: ConversationState | null,
  newest: QueuePlace | null,
  now: number,
): Standing | null {
  if (state?.state !== 'waiting' || state.assignee) return null;
  if (state.left) return { kind: 'left', reason: state.left };
  if (!state.queue) return null;
  const told = newest?.conv === state.id ? newest : null;
  if (told?.ringing) return { kind: 'ringing' };
  const at = state.queue.callback_at ?? 0;
  if (at > now) return { kind: 'callback', at };
  if (told?.staffed === false) return { kind: 'unstaffed' };
  const { place = 0, low = null, high = null } = told ?? {};
  const long = (low ?? 0) >= LONG || (high ?? 0) >= TOO_LONG;
  return { kind: 'waiting', place, wait: waitOf(low, high), long };
}

/**
 * Round a range of seconds to one of minutes that holds it: a wait that is told is not too short.
 * The longer it is, the coarser: nobody knows half an hour to the minute.
 */
export function waitOf(low: number | null, high: number | null): Wait {
  if (low === null || high === null) return { kind: 'unknown' };
  if (high <= MINUTE) return { kind: 'minute' };
  const most = high / MINUTE;
  const step = most <= 10 ? 1 : most <= 40 ? 5 : 15;
  const from = Math.floor(low / MINUTE / step) * step;
  const to = Math.ceil(most / step) * step;
  if (to > VAGUE) return from ? { kind: 'over', low: Math.min(from, MINUTE) } : { kind: 'unknown' };
  return from ? { kind: 'about', low: from, high: to } : { kind: 'upTo', high: to };
}
