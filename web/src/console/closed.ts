/**
 * Closed conversations and their search, page by page over HTTP.
 *
 * The newest question wins: an answer to an older one is dropped, so that fast typing never shows
 * another word's results. Rows that close while we look come from the inbox (`desk.ts`).
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '@/client/api';
import { type Clock, systemClock } from '@/client/clock';
import type { ConversationSummary } from '@/client/protocol.gen';

const PAUSE = 250; // ms without a key before a search is asked

interface Page {
  items: ConversationSummary[];
  next: string | null;
}

export class ClosedList {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #items = signal<ConversationSummary[]>([]);
  readonly #phase = signal<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  readonly #next = signal<string | null>(null);
  readonly #query = signal('');
  #asked = 0;
  #cancel: () => void = () => {};

  constructor(api: Api, clock: Clock = systemClock) {
    this.#api = api;
    this.#clock = clock;
  }

  get items(): ReadonlySignal<ConversationSummary[]> {
    return this.#items;
  }
  get phase(): ReadonlySignal<'idle' | 'loading' | 'ready' | 'failed'> {
    return this.#phase;
  }
  get query(): ReadonlySignal<string> {
    return this.#query;
  }
  /** Whether older ones exist. */
  get more(): boolean {
    return this.#next.value !== null;
  }

  /** Look for `query` once typing pauses. */
  search(query: string): void {
    this.#query.value = query;
    this.#cancel();
    this.#cancel = this.#clock.after(PAUSE, () => void this.load());
  }

  /** Load the first page. */
  async load(): Promise<void> {
    this.#cancel();
    await this.#ask(null);
  }

  async loadMore(): Promise<void> {
    if (this.#next.value !== null && this.#phase.value !== 'loading')
      await this.#ask(this.#next.value);
  }

  async #ask(before: string | null): Promise<void> {
    this.#asked += 1;
    const question = this.#asked;
    this.#phase.value = 'loading';
    const params = new URLSearchParams({ view: 'closed' });
    const query = this.#query.value.trim();
    if (query !== '') params.set('q', query);
    if (before !== null) params.set('before', before);
    try {
      const page = await this.#api.get<Page>(`/agent/conversations?${params}`);
      if (question !== this.#asked) return;
      this.#items.value = before === null ? page.items : [...this.#items.value, ...page.items];
      this.#next.value = page.next;
      this.#phase.value = 'ready';
    } catch {
      if (question === this.#asked) this.#phase.value = 'failed';
    }
  }
}
