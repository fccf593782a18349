/**
 * The offers of a desk: which still ring, in which order, how much of their time is left, and which
 * of them are new. Pure; times are ms since 1970 on the server's clock.
 */
import type { Desk, Reservation, Wrapup } from '@/client/protocol.gen';

/** Names an offer for good: the same task offered again has another fence. */
export function offerKey({ task, fence }: Pick<Reservation, 'task' | 'fence'>): string {
  return `${task}:${fence}`;
}

/**
 * Those that can still be answered, whoever must be answered first on top. A new one never pushes
 * an older one down under the pointer, because it ends later.
 *
 * @param answered keys of those that this page has answered already
 */
export function ringing(
  offers: readonly Reservation[],
  answered: ReadonlySet<string>,
  now: number,
): Reservation[] {
  return offers
    .filter((offer) => offer.deadline_at > now && !answered.has(offerKey(offer)))
    .sort((a, b) => a.deadline_at - b.deadline_at || (a.task < b.task ? -1 : 1));
}

/** Offers of `after` that `before` did not have. A page that is opened while one rings rings too. */
export function newOffers(
  before: readonly Reservation[],
  after: readonly Reservation[],
): Reservation[] {
  const known = new Set(before.map(offerKey));
  return after.filter((offer) => !known.has(offerKey(offer)));
}

/** Whole seconds until `deadline`, never below zero. */
export function secondsLeft(deadline: number, now: number): number {
  return Math.max(0, Math.ceil((deadline - now) / 1000));
}

/** How much of the time from `from` to `until` is left: 1 at the start, 0 when it is over. */
export function shareLeft(from: number, until: number, now: number): number {
  if (until <= from) return 0;
  return Math.min(1, Math.max(0, (until - now) / (until - from)));
}

/** Those that still hold a slot, the one that ends first on top. */
export function openWrapups(
  wrapups: readonly Wrapup[],
  ended: ReadonlySet<string>,
  now: number,
): Wrapup[] {
  return wrapups
    .filter(({ task, until }) => until > now && !ended.has(task))
    .sort((a, b) => a.until - b.until);
}

/** Whether this agent may take the next one by hand. */
export function canPull(desk: Desk | null): boolean {
  if (desk?.state !== 'available') return false;
  return (desk.next ?? 0) > 0 && (desk.used ?? 0) < (desk.capacity ?? 0);
}
