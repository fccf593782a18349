/**
 * Puts frames in their order: what is shown, what is skipped, when a snapshot is asked for, what
 * is acknowledged. It knows no DOM.
 *
 *     nothing ── snapshot ──► live ── delta (next seq) ──► live
 *                              │ gap, a frame that cannot be read or shown
 *                              ▼
 *                            lost ── snapshot ──► live        (resync, at most once in 2 s)
 */
import { type Frame, readFrame, unpack } from './frames.ts';

const RESYNC_EVERY = 2_000; // ms; a page that cannot be shown must not be asked for all the time
const ACK_EVERY = 100; // ms

export interface Sink {
  /** Builds the page anew. Returns whether it could. */
  build(events: readonly unknown[]): boolean;
  apply(events: readonly unknown[]): void;
  shown(epoch: number, seq: number): void;
  resync(): void;
  now(): number;
  later(run: () => void, ms: number): void;
}

export class Feed {
  readonly #sink: Sink;
  #tail: Promise<void> = Promise.resolve();
  /** The newest snapshot that came, shown or not: deltas of the one before need no work. */
  #coming = -1;
  #epoch = -1;
  #seq = 0;
  #live = false;
  #asked = Number.NEGATIVE_INFINITY;
  #acked = Number.NEGATIVE_INFINITY;
  #owed = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Takes one whole frame; returns when it is shown or dropped. */
  take(data: ArrayBuffer): Promise<void> {
    const frame = readFrame(data);
    if (frame === null) {
      return this.#tail;
    }
    if (frame.snapshot) {
      this.#coming = Math.max(this.#coming, frame.epoch);
    }
    const unpacked = unpack(frame); // side by side; shown in order
    this.#tail = this.#tail.then(async () => this.#show(frame, await unpacked));
    return this.#tail;
  }

  #show(frame: Frame, events: readonly unknown[] | null): void {
    if (frame.snapshot) {
      this.#build(frame, events);
    } else if (frame.epoch > this.#epoch) {
      this.#lose(); // its snapshot never came
    } else if (frame.epoch === this.#epoch && frame.epoch >= this.#coming && this.#live) {
      this.#apply(frame, events);
    }
  }

  #build(frame: Frame, events: readonly unknown[] | null): void {
    if (frame.epoch <= this.#epoch) {
      return;
    }
    this.#epoch = frame.epoch;
    this.#seq = frame.seq;
    this.#live = events !== null && this.#sink.build(events);
    if (!this.#live) {
      this.#lose();
      return;
    }
    this.#acknowledge();
  }

  #apply(frame: Frame, events: readonly unknown[] | null): void {
    if (frame.seq <= this.#seq) {
      return;
    }
    if (frame.seq !== this.#seq + 1 || events === null) {
      this.#lose();
      return;
    }
    this.#seq = frame.seq;
    this.#sink.apply(events);
    if (!this.#owed) {
      this.#owed = true;
      const wait = this.#acked + ACK_EVERY - this.#sink.now();
      this.#sink.later(() => this.#owed && this.#acknowledge(), Math.max(0, wait));
    }
  }

  #acknowledge(): void {
    this.#owed = false;
    this.#acked = this.#sink.now();
    this.#sink.shown(this.#epoch, this.#seq);
  }

  #lose(): void {
    this.#live = false;
    const now = this.#sink.now();
    if (now - this.#asked >= RESYNC_EVERY) {
      this.#asked = now;
      this.#sink.resync();
    }
  }
}
