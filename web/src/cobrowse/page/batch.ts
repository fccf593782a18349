/**
 * Packs clean events into frames: 50 ms of them each, gzipped from 4 kB on, in order.
 *
 * Compression takes its time, so frames wait for the one before them. A new epoch makes what waits
 * of the old one worthless: it is thrown away.
 */
import type { eventWithTime } from '@rrweb/types';
import { MAX_PAYLOAD } from '@/cobrowse/wire.gen.ts';
import { DELTA, encodeFrame, SNAPSHOT } from './frame.ts';

const WINDOW = 50; // ms
const GZIP_FROM = 4096; // bytes; below that the time costs more than the bytes
const MAX_INFLATED = 32 * 1024 * 1024; // bytes, as the relay takes them

const NONE = -1; // no snapshot was taken yet, or it was dropped

export interface Outlet {
  send(data: ArrayBuffer): void;
  /** A snapshot, or 50 ms of changes, is larger than a frame may be. */
  tooLarge(kind: typeof SNAPSHOT | typeof DELTA): void;
}

export class Batches {
  readonly #outlet: Outlet;
  #epoch = NONE;
  #seq = 0;
  #waiting: eventWithTime[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Begin a new epoch with its snapshot; nothing of the old one is sent any more. */
  snapshot(epoch: number, events: eventWithTime[]): void {
    this.drop();
    this.#epoch = epoch;
    this.#seq = 0;
    this.#pack(SNAPSHOT, events);
  }

  /** Send an event with the others of its window. */
  add(event: eventWithTime): void {
    if (this.#epoch === NONE) return;
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), WINDOW);
  }

  /** Throw away what was not sent yet. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#epoch = NONE;
  }

  #flush(): void {
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    this.#seq += 1;
    this.#pack(DELTA, events);
  }

  #pack(kind: typeof SNAPSHOT | typeof DELTA, events: eventWithTime[]): void {
    const head = { kind, epoch: this.#epoch, seq: this.#seq };
    const plain = new TextEncoder().encode(JSON.stringify(events));
    const gzipped = plain.byteLength >= GZIP_FROM;
    const packed = gzipped ? gzip(plain) : Promise.resolve(plain);
    const before = this.#last;
    this.#last = (async () => {
      const payload = await packed;
      await before;
      if (head.epoch !== this.#epoch) return;
      if (plain.byteLength > MAX_INFLATED || payload.byteLength > MAX_PAYLOAD) {
        this.#outlet.tooLarge(kind);
      } else this.#outlet.send(encodeFrame({ ...head, gzipped }, payload));
    })();
  }
}

async function gzip(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { writable, readable } = new CompressionStream('gzip');
  const writer = writable.getWriter();
  const written = writer.write(plain).then(() => writer.close());
  const packed = new Response(readable).arrayBuffer();
  await written;
  return new Uint8Array(await packed);
}
