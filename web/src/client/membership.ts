/**
 * What the conversation's state and this tab's own part make of a call: the phase that shows, who
 * the others are, what we may send. Pure; `call.ts` feeds it.
 */
import type { LinkState } from './link.ts';
import type { CallMember, CallState, ConversationState, Person } from './protocol.gen.ts';
import { watches } from './reduce.ts';

export type CallPhase =
  | 'idle' // no call
  | 'preparing' // devices are looked at before the call
  | 'incoming' // somebody offers a call, or one is on that we are not in
  | 'declined' // the same, and we said not now or left
  | 'elsewhere' // another tab of ours is in it
  | 'ringing' // we are in, nobody else yet
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'ended';

/** This tab's part. `entering`: the server has not agreed yet. */
export type Part = 'out' | 'entering' | 'in';

export interface Situation {
  readonly part: Part;
  readonly link: LinkState;
  readonly call: CallState | null;
  readonly me: Person | null;
  /** The id of the call that we said no to, or left. */
  readonly declined: string | null;
  readonly preparing: boolean;
  /** A call of ours ended, and that still shows. */
  readonly ended: boolean;
}

export function phaseOf(now: Situation): CallPhase {
  const { call } = now;
  if (now.part !== 'out') {
    if (now.link === 'lost') return 'reconnecting';
    if (!call || call.state === 'ringing') return 'ringing';
    return now.link === 'up' ? 'live' : 'connecting';
  }
  if (now.preparing) return 'preparing';
  if (!call) return now.ended ? 'ended' : 'idle';
  if (now.declined === call.id) return 'declined';
  return isMember(call, now.me) ? 'elsewhere' : 'incoming';
}

export function isMember(call: CallState | null, me: Person | null): boolean {
  return call?.members.some(({ person }) => person.id === me?.id) ?? false;
}

export function othersIn(call: CallState | null, me: Person | null): readonly CallMember[] {
  return call?.members.filter(({ person }) => person.id !== me?.id) ?? [];
}

/**
 * Whether the call is over when we leave it: between two it is, so that nobody is left waiting
 * alone. Who looks in and the visitor knows nothing of counts for nobody, and ends nothing; nor
 * does a guest.
 */
export function endsWithUs(state: ConversationState | null, me: Person | null): boolean {
  if (!state || !me || me.role === 'expert' || watches(state, me)) return false;
  const others = othersIn(state.call ?? null, me);
  const people = others.filter(({ person }) => person.role !== 'guest' && !watches(state, person));
  return people.length <= 1;
}

/** False for an expert whose link does not let them speak, and for a colleague who only listens. */
export function maySend(state: ConversationState | null, me: Person | null): boolean {
  const seat = state?.experts?.find(({ person }) => person.id === me?.id);
  const part = state?.observers?.find(({ person }) => person.id === me?.id)?.part;
  return part !== 'listen' && (!seat || seat.scope.includes('speak'));
}

/**
 * Whether the others consult privately, without the visitor: then they are in the call with
 * nothing on, and there is nothing of them to receive. `received`: null before that is known.
 */
export function isOnHold(
  others: readonly CallMember[],
  me: Person | null,
  received: number | null,
): boolean {
  const silent = others.length > 0 && others.every(({ media }) => media.length === 0);
  return me?.role === 'visitor' && silent && received === 0;
}
