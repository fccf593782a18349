/**
 * Looks after the connection of a call: what is told of it (`health.ts`), and the camera's pause
 * while it is too weak (`fallback.ts`). `attendance.ts` drives it.
 */
import { computed } from '@preact/signals-core';
import type { Capture } from './capture.ts';
import type { Clock } from './clock.ts';
import { Fallback } from './fallback.ts';
import { Health } from './health.ts';
import type { Stat } from './ledger.ts';
import type { Link } from './link.ts';
import type { Outgoing } from './outgoing.ts';
import type { Figures } from './protocol.gen.ts';
import { StrainMeter } from './strain.ts';

export interface CareParts {
  clock: Clock;
  link: Pick<Link, 'state' | 'built' | 'observed' | 'stats'>;
  capture: Pick<Capture, 'tracks'>;
  outgoing: Pick<Outgoing, 'camera'>;
  tell(leg: string, figures: Figures): void;
}

export class Care {
  readonly #parts: CareParts;
  readonly #health: Health;
  readonly #strain = new StrainMeter();
  readonly #fallback: Fallback;
  #leg = ''; // which connection was last up: another one counts from zero
  readonly #direct = computed(() => this.#parts.link.observed.value !== null);

  constructor(parts: CareParts) {
    const { clock } = parts;
    this.#parts = parts;
    this.#fallback = new Fallback(clock.now());
    this.#health = new Health({
      clock,
      stats: () => parts.link.stats(),
      tell: parts.tell,
      looked: (stats) => this.#relieve(stats),
      fallback: () => this.#fallback.counted(clock.now()),
    });
  }

  /** Follows the link's state; call it in an effect. */
  follow(): void {
    const { link } = this.#parts;
    const state = link.state.value;
    if (state === 'connecting') this.#health.wish();
    if (state !== 'up') return;
    const direct = this.#direct.value;
    const leg = `${link.built} ${direct}`;
    const anew = leg !== this.#leg;
    this.#leg = leg;
    if (anew) this.#startOver();
    this.#health.up(anew, direct);
  }

  /** The person wants their camera on, however weak the connection is. */
  insist(): void {
    this.#fallback.insist(this.#parts.clock.now());
    this.#apply();
  }

  /** The call is over for us. */
  end(): void {
    this.#health.end();
    this.#startOver();
  }

  /** Pauses the camera while the connection is too weak for it, and lets it come back. */
  #relieve(stats: readonly Stat[]): void {
    const { capture, clock } = this.#parts;
    const tracks = capture.tracks.peek();
    const strain = this.#strain.take(stats, clock.now(), tracks.has('screen'));
    if (!strain) return;
    this.#fallback.look(strain, tracks.has('camera'));
    this.#apply();
  }

  #startOver(): void {
    this.#strain.reset();
    this.#fallback.reset(this.#parts.clock.now());
    this.#apply();
  }

  #apply(): void {
    this.#parts.outgoing.camera.value = this.#fallback.state;
  }
}
