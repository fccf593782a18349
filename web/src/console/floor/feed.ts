/**
 * Asks for the floor every two seconds while somebody sees it. What was told last stays on screen
 * when asking fails, and says how old it is. Knows no DOM.
 *
 *   start ──► asking ──answer──► waiting ──2 s──► asking …
 *               └──no answer──► waiting, longer each time up to 15 s; `retry` asks at once
 */
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { ApiError } from '@/client/api';
import type { Floor } from './wire';

export const EVERY = 2000; // ms
const SLOWEST = 15_000;
const PATIENCE = 10_000; // ms; an answer that takes longer is none

export interface FeedOptions {
  ask: () => Promise<Floor>;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}

export class FloorFeed {
  readonly #o: FeedOptions;
  readonly #floor = signal<Floor | null>(null);
  readonly #at = signal<number | null>(null);
  readonly #failure = signal<string | null>(null);
  readonly #asking = signal(false);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #on = false;
  #round = 0; // an answer of an older round is not for us any more

  constructor(options: FeedOptions) {
    this.#o = options;
  }

  get floor(): ReadonlySignal<Floor | null> {
    return this.#floor;
  }
  /** When it was told, on the clock of the options. */
  get at(): ReadonlySignal<number | null> {
    return this.#at;
  }
  /** Why the last asking failed, as a stable word; null: it did not. */
  get failure(): ReadonlySignal<string | null> {
    return this.#failure;
  }
  get asking(): ReadonlySignal<boolean> {
    return this.#asking;
  }

  /** Ask on, or pause while nobody looks. */
  watch(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    if (on) void this.retry();
    else this.#stop();
  }

  /** Ask at once: somebody wants it, or has just changed something. */
  async retry(): Promise<void> {
    this.#stop();
    this.#round += 1;
    const round = this.#round;
    this.#asking.value = true;
    let found: Floor | null = null;
    let failure = '';
    try {
      found = await inTime(this.#o.ask(), PATIENCE);
    } catch (error) {
      failure = error instanceof ApiError ? error.code : 'other';
    }
    if (round !== this.#round) return;
    batch(() => {
      this.#asking.value = false;
      this.#failure.value = found ? null : failure;
      if (found) {
        this.#floor.value = found;
        this.#at.value = this.#o.now();
      }
    });
    this.#failures = found ? 0 : this.#failures + 1;
    if (!this.#on) return;
    const pause = Math.min(SLOWEST, EVERY * 2 ** Math.min(this.#failures, 4));
    this.#timer = setTimeout(() => void this.retry(), this.#failures ? pause : EVERY);
  }

  dispose(): void {
    this.#on = false;
    this.#round += 1;
    this.#stop();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function inTime<T>(answer: Promise<T>, patience: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ApiError(0, 'network', 'no answer')), patience);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
