/**
 * That this tab is the one which shows its page: what it remembers of it, over the shop's pages,
 * and how it speaks for it. The tab's keeping is the shop's (`widget/stored.ts`).
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Connection } from '@/client/connection.ts';
import type { Command, Draft } from '@/client/frames.ts';

/** What the tab keeps for the shop's next page. `at`: when the grant's page was last there. */
export interface Remembered {
  readonly conv: string;
  readonly id: string;
  /** Opens the next line, once; null before the first welcome. */
  readonly resume: string | null;
  readonly epoch: number;
  readonly grant?: { readonly id: string; readonly at: number } | null;
}

export interface Keeping {
  recall<T>(key: string): T | null;
  keep(key: string, value: unknown): void;
}

type OfOne = Extract<Command, { cobrowse: string }>;
/** A command about a co-browsing, without the conversation. */
export type Said<T = OfOne> = T extends OfOne ? Omit<T, 'id' | 'conv'> : never;

const KEY = 'cobrowse';

export class Place {
  readonly #keeping: Keeping;
  readonly #connection: Pick<Connection, 'send'>;
  readonly #mine = signal<Remembered | null>(null);

  /** The id of the co-browsing that is shown here. */
  readonly id: ReadonlySignal<string | null> = computed(() => this.#mine.value?.id ?? null);
  readonly grant: ReadonlySignal<string | null> = computed(
    () => this.#mine.value?.grant?.id ?? null,
  );

  constructor(keeping: Keeping, connection: Pick<Connection, 'send'>) {
    this.#keeping = keeping;
    this.#connection = connection;
  }

  /** All of it; not for following. */
  get now(): Remembered | null {
    return this.#mine.peek();
  }

  /** What the shop's page before kept. */
  recall(): Remembered | null {
    return this.#keeping.recall<Remembered>(KEY);
  }

  put(mine: Remembered | null): void {
    this.#mine.value = mine;
    this.#keeping.keep(KEY, mine);
  }

  /** Note a change, if this tab still shows its page. */
  note(change: Partial<Remembered>): void {
    if (this.now) this.put({ ...this.now, ...change });
  }

  /** Have a command done that stands by itself: what became of it, the state shows. */
  say(said: Said, conv: string | undefined = this.now?.conv): void {
    if (conv) this.#connection.send({ ...said, conv } as Draft<Command>).catch(() => {});
  }
}
