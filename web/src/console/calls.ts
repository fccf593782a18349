/**
 * The calls of this console: the call part is fetched when the first call is wanted or offered, and
 * each conversation with a call has its client. A call goes on while other conversations are read.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CallClient, IceAnswer, Intent, Media } from '@/call';
import type { Thread } from '@/client/thread';
import type { Desk } from './desk';

type CallModule = typeof import('@/call');

export interface ActiveCall {
  conv: string;
  client: CallClient;
}

export class Calls {
  readonly #desk: Desk;
  readonly #module = signal<CallModule | null>(null);
  readonly #phase = signal<'idle' | 'loading' | 'failed'>('idle');
  readonly #clients = signal<readonly ActiveCall[]>([]);
  readonly #end: () => void;
  #wanted: (() => void) | null = null;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#end = effect(() => {
      const thread = desk.thread.value;
      const conv = thread?.conv.value ?? null;
      const call = thread?.state.value?.call ?? null;
      this.#tidy(conv);
      if (thread && conv && call) void this.#client(thread, conv);
    });
  }

  get module(): ReadonlySignal<CallModule | null> {
    return this.#module;
  }
  get phase(): ReadonlySignal<'idle' | 'loading' | 'failed'> {
    return this.#phase;
  }
  get clients(): ReadonlySignal<readonly ActiveCall[]> {
    return this.#clients;
  }

  /** Begin a call, or answer one: shows the devices first. */
  async prepare(conv: string, intent: Intent): Promise<void> {
    const thread = this.#desk.thread.peek();
    if (!thread || thread.conv.peek() !== conv) return;
    this.#wanted = () => void this.prepare(conv, intent);
    const client = await this.#client(thread, conv);
    client?.prepare(intent);
  }

  /** Join the call that is on at once, sending `media`; without a look at the devices. */
  async join(conv: string, media: readonly Media[]): Promise<void> {
    const thread = this.#desk.thread.peek();
    if (!thread || thread.conv.peek() !== conv) return;
    this.#wanted = () => void this.join(conv, media);
    const client = await this.#client(thread, conv);
    await client?.join(media);
  }

  /** Try again to fetch the call part. */
  retry(): void {
    this.#phase.value = 'idle';
    this.#wanted?.();
  }

  dispose(): void {
    this.#end();
    for (const { client } of this.#clients.peek()) client.dispose();
    this.#clients.value = [];
  }

  async #client(thread: Thread, conv: string): Promise<CallClient | null> {
    const part = await this.#load();
    if (!part || this.#desk.thread.peek() !== thread) return null;
    const known = this.#clients.peek().find((active) => active.conv === conv);
    if (known) return known.client;
    const { api, connection } = this.#desk;
    const client = part.createCall({
      connection,
      thread,
      ice: () => api.get<IceAnswer>('/ice'),
      api,
      role: 'staff',
    });
    this.#clients.value = [...this.#clients.peek(), { conv, client }];
    return client;
  }

  async #load(): Promise<CallModule | null> {
    const loaded = this.#module.peek();
    if (loaded) return loaded;
    this.#phase.value = 'loading';
    try {
      const part = await import('@/call');
      this.#module.value = part;
      this.#phase.value = 'idle';
      return part;
    } catch {
      this.#phase.value = 'failed';
      return null;
    }
  }

  /** Let go of clients that take part in nothing and are not looked at. */
  #tidy(shown: string | null): void {
    const clients = this.#clients.peek();
    const kept = clients.filter(({ conv, client }) => conv === shown || client.joined.peek());
    for (const active of clients) if (!kept.includes(active)) active.client.dispose();
    if (kept.length !== clients.length) this.#clients.value = kept;
    this.#desk.keep(kept.find(({ client }) => client.joined.peek())?.conv ?? null);
  }
}

export const CallsContext = createContext<Calls | null>(null);

export function useCalls(): Calls {
  const calls = useContext(CallsContext);
  if (!calls) throw new Error('calls are used outside the signed-in console');
  return calls;
}
