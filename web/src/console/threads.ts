/**
 * The conversations whose streams are open: the shown one and the few before it, so that going
 * back and forth shows them at once. The oldest is let go; the server allows 32 streams.
 */
import type { Api } from '@/client/api';
import type { Connection } from '@/client/connection';
import { applyEvent } from '@/client/reduce';
import { Thread } from '@/client/thread';

const KEPT = 8;

export class Threads {
  readonly #connection: Connection;
  readonly #api: Api;
  /** In order of use, the last one shown last. */
  readonly #open = new Map<string, Thread>();

  constructor(connection: Connection, api: Api) {
    this.#connection = connection;
    this.#api = api;
  }

  /** The thread of `conv`, opened if it was not. `busy`: one that must stay (a call is on). */
  use(conv: string, busy: string | null): Thread {
    const known = this.#open.get(conv);
    const gone = known?.gone.value != null;
    if (gone) known?.close();
    const thread =
      known && !gone
        ? known
        : new Thread({
            connection: this.#connection,
            api: this.#api,
            side: 'staff',
            fold: applyEvent,
            conv,
          });
    this.#open.delete(conv);
    this.#open.set(conv, thread);
    for (const [id, other] of this.#open) {
      if (this.#open.size <= KEPT) break;
      // Words on their way keep their thread until they have arrived.
      const sending = other.entries.value.some((entry) => entry.seq === 0);
      if (id === conv || id === busy || sending) continue;
      other.close();
      this.#open.delete(id);
    }
    return thread;
  }

  get(conv: string): Thread | null {
    return this.#open.get(conv) ?? null;
  }

  close(): void {
    for (const thread of this.#open.values()) thread.close();
    this.#open.clear();
  }
}
