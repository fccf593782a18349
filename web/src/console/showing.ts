/**
 * Shoppers' pages in this console: the part that shows them is fetched when the first one is, and
 * the open conversation has at most one view. Whoever serves sees a page that is shown at once;
 * others of the team when they choose to. A conversation that is left is not looked at any more:
 * the shopper is told who looks, and that is to be true.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { CobrowseState, ConversationState } from '@/client/protocol.gen';
import type { ViewerClient } from '@/viewing';
import type { Desk } from './desk';

type ViewingModule = typeof import('@/viewing');

export interface ActiveView {
  conv: string;
  client: ViewerClient;
}

/** The co-browsing that there is something to see of; null while it is only asked for. */
export function shown(state: ConversationState | null): CobrowseState | null {
  const cobrowse = state?.cobrowse ?? null;
  return cobrowse?.state === 'asked' ? null : cobrowse;
}

export interface ShowingOptions {
  desk: Pick<Desk, 'id' | 'thread' | 'api' | 'act'>;
  token: (fresh: boolean) => Promise<string>;
  /** Fetches the part that shows pages. */
  load?: () => Promise<ViewingModule>;
}

export class Showing {
  readonly #options: ShowingOptions;
  readonly #module = signal<ViewingModule | null>(null);
  readonly #phase = signal<'idle' | 'loading' | 'failed'>('idle');
  readonly #active = signal<ActiveView | null>(null);
  /** What was chosen about each co-browsing: to look, or not to. */
  readonly #chosen = signal<ReadonlyMap<string, boolean>>(new Map());
  readonly #end: () => void;
  /** Whether the view takes the place of the list and the details. */
  readonly large = signal(false);

  constructor(options: ShowingOptions) {
    this.#options = options;
    this.#end = effect(() => this.#follow());
  }

  get module(): ReadonlySignal<ViewingModule | null> {
    return this.#module;
  }
  get phase(): ReadonlySignal<'idle' | 'loading' | 'failed'> {
    return this.#phase;
  }
  /** The view of the open conversation. */
  get active(): ReadonlySignal<ActiveView | null> {
    return this.#active;
  }

  /** Ask the customer of the open conversation to show their page, or look, if they do. */
  async see(): Promise<void> {
    const { desk } = this.#options;
    const state = desk.thread.peek()?.state.peek() ?? null;
    if (!state) return;
    const cobrowse = shown(state);
    if (cobrowse) this.#choose(cobrowse.id, true);
    else await desk.act({ t: 'cobrowse.ask', conv: state.id });
  }

  /** Stop looking; the customer and the others go on. */
  leave(): void {
    const active = this.#active.peek();
    if (active) this.#choose(active.client.cobrowse, false);
  }

  /** Try again to fetch the part. */
  retry(): void {
    this.#phase.value = 'idle';
  }

  dispose(): void {
    this.#end();
    this.#active.peek()?.client.dispose();
    this.#active.value = null;
  }

  #choose(cobrowse: string, look: boolean): void {
    this.#chosen.value = new Map(this.#chosen.peek()).set(cobrowse, look);
  }

  /** Hold what is looked at against what is shown, served and chosen. */
  #follow(): void {
    const { desk, token } = this.#options;
    const thread = desk.thread.value;
    const state = thread?.gone.value == null ? (thread?.state.value ?? null) : null;
    const cobrowse = shown(state);
    const serves = state?.assignee?.id === desk.id;
    const wanted = cobrowse && (this.#chosen.value.get(cobrowse.id) ?? serves) ? cobrowse : null;
    const part = this.#module.value;
    const phase = this.#phase.value;
    const active = this.#active.peek();
    if (active && active.client.cobrowse !== wanted?.id) {
      active.client.dispose();
      this.#active.value = null;
    }
    if (!state || !wanted) return;
    if (!part) {
      if (phase === 'idle') void this.#load();
      return;
    }
    if (this.#active.peek()) return;
    const client = part.createViewer({ cobrowse: wanted.id, api: desk.api, token });
    this.#active.value = { conv: state.id, client };
  }

  async #load(): Promise<void> {
    this.#phase.value = 'loading';
    try {
      const load = this.#options.load ?? (() => import('@/viewing'));
      this.#module.value = await load();
      this.#phase.value = 'idle';
    } catch {
      this.#phase.value = 'failed';
    }
  }
}
