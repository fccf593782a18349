/**
 * Where this browser stands in each open stream, and what a frame means for it.
 *
 * Pure. The rule (docs/protocol.md): a frame applies when `prev <= cursor < seq`. At or under
 * the cursor it is a repetition. With `prev` beyond it something is missing, and the stream is
 * asked for again from the cursor; what comes before the answer is dropped, because the
 * answer contains it.
 */
import type { Event, InboxChanges, InboxSnapshot, Snapshot } from './protocol.gen.ts';

export const INBOX = 'inbox';

export type Cursor = [epoch: string, seq: number];
export type Verdict = 'apply' | 'drop' | 'gap';

interface Place {
  cursor: Cursor | null;
  users: number;
  filling: boolean; // asked again; nothing but the answer counts
}

export class Cursors {
  readonly #places = new Map<string, Place>();

  /** Add a user of the stream; true when it is the first. */
  open(stream: string): boolean {
    const place = this.#places.get(stream);
    if (place) place.users += 1;
    else this.#places.set(stream, { cursor: null, users: 1, filling: true });
    return !place;
  }

  /** Take a user away; true when nobody is left and the stream is forgotten. */
  close(stream: string): boolean {
    const place = this.#places.get(stream);
    if (!place) return false;
    place.users -= 1;
    if (place.users > 0) return false;
    this.#places.delete(stream);
    return true;
  }

  /** Forget the stream whoever uses it: the server says that it is gone. */
  forget(stream: string): void {
    this.#places.delete(stream);
  }

  has(stream: string): boolean {
    return this.#places.has(stream);
  }

  get(stream: string): Cursor | null {
    return this.#places.get(stream)?.cursor ?? null;
  }

  /** The cursors for `hello`. */
  all(): Record<string, Cursor | null> {
    const cursors: Record<string, Cursor | null> = {};
    for (const [stream, place] of this.#places) {
      place.filling = place.cursor === null;
      cursors[stream] = place.cursor;
    }
    return cursors;
  }

  /** Note that the stream is asked for again. */
  refill(stream: string): void {
    const place = this.#places.get(stream);
    if (place) place.filling = true;
  }

  /** Note that the server has answered that. */
  filled(stream: string): void {
    const place = this.#places.get(stream);
    if (place?.cursor) place.filling = false;
  }

  snapshot(frame: Snapshot | InboxSnapshot): Verdict {
    const place = this.#places.get(streamOf(frame));
    if (!place) return 'drop';
    place.cursor = [frame.epoch, frame.seq];
    place.filling = false;
    return 'apply';
  }

  advance(frame: Event | InboxChanges): Verdict {
    const place = this.#places.get(streamOf(frame));
    if (!place) return 'drop';
    const { cursor } = place;
    if (!cursor || cursor[0] !== frame.epoch) {
      // A restored database starts a new epoch; our numbers mean nothing there.
      place.cursor = null;
      return place.filling ? 'drop' : 'gap';
    }
    if (frame.seq <= cursor[1]) return 'drop';
    if (frame.prev > cursor[1]) return place.filling ? 'drop' : 'gap';
    cursor[1] = frame.seq;
    place.filling = false;
    return 'apply';
  }

  /** The streams whose newest event, by the server's heartbeat, has not come here. */
  behind(heads: Record<string, number>): string[] {
    return Object.entries(heads)
      .filter(([stream, head]) => {
        const place = this.#places.get(stream);
        return place?.cursor && head > place.cursor[1];
      })
      .map(([stream]) => stream);
  }
}

function streamOf(frame: Snapshot | InboxSnapshot | Event | InboxChanges): string {
  return 'conv' in frame ? frame.conv : INBOX;
}
