/**
 * What the server tells staff of the open conversation's proofs, over HTTP because it is more than
 * the socket carries: masked codes, gates, earlier visits; and the methods of the site. Fetched
 * anew when something was proven. A code that is revealed passes through and is kept nowhere.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '@/client/api';
import type { ConversationState, ConversationSummary } from '@/client/protocol.gen';
import type { Desk } from '../desk';
import type { Level } from './ask';
import { type Gate, LEVELS, type Rules } from './gates';

export interface ProofFact {
  verification: string;
  name: string;
  method: string;
  level: Level;
  at: number;
  country: string;
  /** The code without what tells one person from another. */
  masked: string;
  /** Null: somebody else than before, and staff has yet to say. */
  accepted: boolean | null;
}

export interface Facts {
  conv: string;
  proofs: ProofFact[];
  gates: Gate[];
  may_reveal: boolean;
}

interface Method {
  id: string;
  label: string;
  level: Level;
}

export interface ProofsOptions {
  desk: Pick<Desk, 'thread'>;
  /** With the cookie: what is staff's own. */
  cookieApi: Api;
  /** With the bearer token, for what all audiences share. */
  api: Api;
}

export class Proofs {
  readonly #options: ProofsOptions;
  readonly #facts = signal<Facts | null>(null);
  readonly #failed = signal(false);
  readonly #methods = signal<readonly Method[] | null>(null);
  readonly #labels = computed(() => {
    const methods = this.#methods.value;
    return methods && new Map(methods.map(({ id, label }) => [id, label]));
  });
  readonly #end: () => void;
  #wanted = '';

  constructor(options: ProofsOptions) {
    this.#options = options;
    this.#end = effect(() => this.#follow());
  }

  /** Of the open conversation; null until they are known. */
  get facts(): ReadonlySignal<Facts | null> {
    return this.#facts;
  }
  get failed(): ReadonlySignal<boolean> {
    return this.#failed;
  }
  /** Labels of the site's methods by id; null until they are known. */
  get methods(): ReadonlySignal<ReadonlyMap<string, string> | null> {
    return this.#labels;
  }
  /** Whether the shop has no way to prove who one is. */
  get none(): boolean {
    return this.#methods.value?.length === 0;
  }

  /** Labels of what proves at least `level`; null until they are known. */
  proving(level: Level): readonly string[] | null {
    const least = LEVELS.indexOf(level);
    const good = this.#methods.value?.filter((known) => LEVELS.indexOf(known.level) >= least);
    return good?.map(({ label }) => label) ?? null;
  }

  /** Fetch the site's methods once; until then nothing is ruled out. */
  async load(): Promise<void> {
    if (this.#methods.peek()) return;
    try {
      this.#methods.value = await this.#options.api.get<Method[]>('/identity/methods');
    } catch {
      // Asked again with the next connection.
    }
  }

  /** Fetch the open conversation's facts again. */
  async refresh(): Promise<void> {
    const conv = this.#options.desk.thread.peek()?.state.peek()?.id;
    if (conv) await this.#fetch(conv, this.#wanted);
  }

  /** Return a personal identity code. Throws ApiError. */
  async reveal(verification: string, reason: string): Promise<string> {
    const path = `/agent/proofs/${verification}/reveal`;
    return (await this.#options.cookieApi.post<{ code: string }>(path, { reason })).code;
  }

  /** Erase whoever was proven, everywhere in this shop. Throws ApiError. */
  async erase(verification: string, reason: string): Promise<void> {
    await this.#options.cookieApi.request('DELETE', `/agent/proofs/${verification}`, { reason });
    await this.refresh();
  }

  /** Return the visits that the same person proved before. Throws ApiError: `identity_needed`. */
  async earlier(conv: string): Promise<ConversationSummary[]> {
    return this.#options.cookieApi.get(`/agent/conversations/${conv}/earlier`);
  }

  rules(): Promise<Rules> {
    return this.#options.cookieApi.get('/agent/identity/gates');
  }

  async setRules(rules: Rules): Promise<void> {
    await this.#options.cookieApi.put('/agent/identity/gates', rules);
    await this.refresh();
  }

  dispose(): void {
    this.#end();
  }

  #follow(): void {
    const thread = this.#options.desk.thread.value;
    const state = thread?.gone.value == null ? (thread?.state.value ?? null) : null;
    const wanted = state ? versionOf(state) : '';
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (this.#facts.peek()?.conv !== state?.id) this.#facts.value = null;
    if (state) void this.#fetch(state.id, wanted);
  }

  async #fetch(conv: string, wanted: string): Promise<void> {
    this.#failed.value = false;
    try {
      const path = `/agent/conversations/${conv}/identity`;
      const facts = await this.#options.cookieApi.get<Omit<Facts, 'conv'>>(path);
      if (wanted === this.#wanted) this.#facts.value = { conv, ...facts };
    } catch {
      if (wanted === this.#wanted) this.#failed.value = true;
    }
  }
}

/** Changes whenever the facts of a conversation may have. */
function versionOf(state: ConversationState): string {
  const { id, identity, identity_changed: changed } = state;
  return [id, identity?.verification, identity?.name, changed?.verification].join(' ');
}
