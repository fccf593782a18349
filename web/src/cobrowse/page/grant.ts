/**
 * The shopper's leave to operate their page, and what may be done under it now. Pure: it is told
 * the time, of the page's own monotonic clock.
 */
import type { Grant } from '../bridge.ts';
import type { Operate, Operated } from '../wire.gen.ts';

export type Code = Operated['code'];

export const LONGEST = 600_000; // ms; whatever the frame says, nobody grants more than 10 minutes
export const HELD_UP = 2000; // ms that the shopper's own input pauses control
export const RATE = 20; // operations in a second

export class Warrant {
  readonly #grant: Grant;
  readonly #until: number;
  #held = Number.NEGATIVE_INFINITY;
  /** When the newest operations were asked for, oldest first. */
  #asked: number[] = [];

  constructor(grant: Grant, now: number) {
    this.#grant = grant;
    this.#until = now + Math.min(grant.left, LONGEST);
  }

  get id(): string {
    return this.#grant.id;
  }

  get name(): string {
    return this.#grant.name;
  }

  /** Milliseconds that are left of it. */
  left(now: number): number {
    return Math.max(0, this.#until - now);
  }

  /** The shopper used the page themselves. */
  hold(now: number): void {
    this.#held = now + HELD_UP;
  }

  /** Whether the shopper's own input holds control up. */
  busy(now: number): boolean {
    return now < this.#held;
  }

  /** Why `operate` may not be done now; null: it may, as far as the page's elements let it. */
  refusal(operate: Operate, epoch: number, now: number): Code | null {
    const { grant, op } = operate;
    if (grant !== this.#grant.id || !this.left(now) || !this.#grant.caps.includes(op))
      return 'no_grant';
    this.#asked = this.#asked.filter((at) => now - at < 1000);
    if (this.#asked.length >= RATE) return 'rate_limited';
    this.#asked.push(now);
    if (this.busy(now)) return 'shopper_busy';
    return operate.epoch === epoch ? null : 'stale';
  }
}
