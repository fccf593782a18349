/**
 * The rows of a person's inbox: a state that is told anew row by row, newest wins
 * (docs/decisions/0001). Staff see the site's conversations, a visitor their own.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Connection } from './connection.ts';
import { INBOX } from './cursors.ts';
import type { ConversationSummary, ServerFrame } from './protocol.gen.ts';

export class Inbox {
  readonly #connection: Connection;
  readonly #items = signal<ConversationSummary[]>([]);
  readonly #ready = signal(false);
  readonly #off: () => void;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#off = connection.frame((frame) => this.#receive(frame));
    connection.open(INBOX);
  }

  /** Open rows and those that were closed while we looked, in no special order. */
  get items(): ReadonlySignal<ConversationSummary[]> {
    return this.#items;
  }

  /** Whether the server has told the first state. */
  get ready(): ReadonlySignal<boolean> {
    return this.#ready;
  }

  close(): void {
    this.#off();
    this.#connection.close(INBOX);
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === 'inbox.snapshot') {
      this.#items.value = frame.items;
      this.#ready.value = true;
    } else if (frame.t === 'inbox.changes') {
      const rows = new Map(this.#items.value.map((row) => [row.id, row]));
      for (const row of frame.items) rows.set(row.id, row);
      this.#items.value = [...rows.values()];
      this.#ready.value = true;
    }
  }
}
