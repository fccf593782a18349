/**
 * Looks at the connection of a call every two seconds, and tells the server how it did: at the
 * first look, then every ten seconds, and at the end what the last look saw. `care.ts` drives it.
 *
 * One connection is one leg (`signaling/doctor.py`): a connection that is built anew begins another.
 */
import type { Clock } from './clock.ts';
import { Ledger, type Stat } from './ledger.ts';
import type { Figures } from './protocol.gen.ts';
import { ulid } from './ulid.ts';

const LOOK = 2_000; // ms
const REPORT = 10_000; // ms

export interface HealthHooks {
  clock: Clock;
  /** The connection's figures; null when there is none. */
  stats(): Promise<RTCStatsReport> | null;
  /** Tells the server; a report that is lost is made good by the next. */
  tell(leg: string, figures: Figures): void;
  /** Sees each look. `up`: ms since the connection came up. */
  looked?(stats: readonly Stat[], up: number): void;
  /** How often the camera was paused, and for how long, in all. */
  fallback?(): Paused;
}

export interface Paused {
  readonly count: number;
  readonly ms: number;
}

interface Leg {
  readonly id: string;
  readonly ledger: Ledger;
  readonly since: number;
  readonly direct: boolean;
  readonly setup: number | null;
  readonly paused: Paused; // before it
  toldAt: number | null;
  seen: Figures | null;
}

export class Health {
  readonly #hooks: HealthHooks;
  #wished: number | null = null;
  #leg: Leg | null = null;
  #cancel: () => void = () => {};

  constructor(hooks: HealthHooks) {
    this.#hooks = hooks;
  }

  /** A connection is wished for from now on. */
  wish(): void {
    this.#wished ??= this.#hooks.clock.now();
  }

  /**
   * The connection is up, for the first time or again. `anew`: it is another one; `direct`: with
   * the other browser itself.
   */
  up(anew: boolean, direct = false): void {
    if (this.#leg && !anew) return;
    this.#tell();
    const now = this.#hooks.clock.now();
    this.#leg = {
      id: ulid(now),
      ledger: new Ledger(),
      since: now,
      direct,
      setup: this.#wished === null ? null : now - this.#wished,
      paused: this.#paused,
      toldAt: null,
      seen: null,
    };
    this.#wished = null;
    this.#schedule();
  }

  /** The call is over for us: tells what the last look saw. */
  end(): void {
    this.#cancel();
    this.#tell();
    this.#leg = null;
    this.#wished = null;
  }

  #schedule(): void {
    this.#cancel();
    this.#cancel = this.#hooks.clock.after(LOOK, () => void this.#look());
  }

  async #look(): Promise<void> {
    const leg = this.#leg;
    this.#schedule();
    const report = await this.#hooks.stats()?.catch(() => null);
    if (!leg || leg !== this.#leg || !report) return;
    const stats: Stat[] = [];
    report.forEach((stat) => {
      stats.push(stat);
    });
    const now = this.#hooks.clock.now();
    this.#hooks.looked?.(stats, now - leg.since);
    leg.ledger.take(stats);
    const { count, ms } = this.#paused;
    const paused = { count: count - leg.paused.count, ms: ms - leg.paused.ms };
    const seen = leg.ledger.figures((now - leg.since) / 1000, leg.setup, paused);
    leg.seen = leg.direct && seen.path !== 'relay' ? { ...seen, path: 'direct' } : seen;
    // The first at once: when the other hangs up, only those who were heard of may still report.
    if (leg.toldAt === null || now >= leg.toldAt + REPORT) this.#tell();
  }

  get #paused(): Paused {
    return this.#hooks.fallback?.() ?? { count: 0, ms: 0 };
  }

  #tell(): void {
    const leg = this.#leg;
    if (!leg?.seen) return;
    this.#hooks.tell(leg.id, leg.seen);
    leg.toldAt = this.#hooks.clock.now();
    leg.seen = null;
  }
}
