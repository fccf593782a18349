/**
 * One conversation as a person sees it: state, entries, typing, sending, reading.
 *
 * A message exists here from the moment it is sent. It has the id of its command, and the event
 * that comes back carries the same id and takes its place; so a resend, an acknowledgement that
 * was lost or a reload cannot show or store it twice.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Api } from './api.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Connection } from './connection.ts';
import { type Entry, EntryBook, type Pending, type Side, sideOf, unreadIn } from './entries.ts';
import { type Ack, type NackCode, Refused } from './frames.ts';
import type {
  ConversationState,
  File,
  Person,
  ServerFrame,
  Start,
  TimelineEvent,
} from './protocol.gen.ts';
import type { applyEvent } from './reduce.ts';
import { TypingNotice, TypingPeople } from './typing.ts';
import { ulid } from './ulid.ts';

/** Keeps what was not acknowledged, for the page's next life. */
export interface PendingStore {
  load(): Pending[];
  save(pending: Pending[]): void;
}

/** What a conversation's first message carries besides its words. */
export type Opening = Pick<Start, 'lang'> &
  Partial<Pick<Start, 'page' | 'name' | 'email' | 'offline'>>;

export interface ThreadOptions {
  connection: Connection;
  api: Api;
  side: Side;
  /** How this side's events make the state (`reduce.ts`). */
  fold: typeof applyEvent;
  /** Null: a visitor's conversation that the first message begins. */
  conv: string | null;
  opening?: () => Opening;
  store?: PendingStore;
  clock?: Clock;
}

export class Thread {
  readonly #options: ThreadOptions;
  readonly #clock: Clock;
  readonly #conv = signal<string | null>(null);
  readonly #state = signal<ConversationState | null>(null);
  readonly #events = signal<TimelineEvent[]>([]);
  readonly #pending = signal<Pending[]>([]);
  readonly #more = signal(false);
  readonly #gone = signal<NackCode | null>(null);
  readonly #book = new EntryBook();
  readonly #people: TypingPeople;
  readonly #notice: TypingNotice;
  readonly #off: () => void;
  #sending: Promise<unknown> = Promise.resolve();
  #reading: number | null = null;
  #loading: Promise<void> | null = null;

  /** Every event shown, then what is on its way. */
  readonly entries: ReadonlySignal<Entry[]>;
  /** Messages of the other side that have not been seen here. */
  readonly unread: ReadonlySignal<number>;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#people = new TypingPeople(this.#clock);
    this.#notice = new TypingNotice(this.#clock, (on) => {
      const conv = this.#conv.value;
      if (conv) options.connection.ephemeral({ t: 'typing', conv, on });
    });
    this.entries = computed(() =>
      this.#book.build(
        this.#events.value,
        this.#pending.value,
        this.#state.value,
        options.connection.you.value,
        options.side,
      ),
    );
    this.unread = computed(() => unreadIn(this.#events.value, this.#state.value, options.side));
    this.#off = options.connection.frame((frame) => this.#receive(frame));
    if (options.conv) this.adopt(options.conv);
    for (const pending of options.store?.load() ?? []) this.#recall(pending);
  }

  get conv(): ReadonlySignal<string | null> {
    return this.#conv;
  }

  get state(): ReadonlySignal<ConversationState | null> {
    return this.#state;
  }

  /** Who types on the other side now. */
  get typing(): ReadonlySignal<Person[]> {
    return this.#people.people;
  }

  /** Whether `loadOlder` would find something. */
  get more(): ReadonlySignal<boolean> {
    return this.#more;
  }

  /** Why this person may not see the conversation any more. */
  get gone(): ReadonlySignal<NackCode | null> {
    return this.#gone;
  }

  /** Show this conversation: another tab of the visitor began it, or an answer named it. */
  adopt(conv: string): void {
    if (this.#conv.value) return;
    this.#conv.value = conv;
    this.#options.connection.open(conv);
  }

  /** Let go of the stream; what is on its way still goes. */
  close(): void {
    this.#off();
    this.#notice.stop();
    this.#people.clear();
    if (this.#conv.value) this.#options.connection.close(this.#conv.value);
  }

  /**
   * Send a message; it is an entry at once.
   *
   * @param files finished uploads
   * @returns the acknowledgement; rejects with Refused, and the entry stays as failed
   */
  send(
    text: string,
    files: File[] = [],
    { consult = false, confidential = false } = {},
  ): Promise<Ack> {
    this.#notice.stop();
    const at = this.#options.connection.now();
    const id = ulid(this.#clock.now());
    const words = { text, files, consult, confidential };
    return this.#queue({ id, at, ...words, status: 'sending', failure: null });
  }

  /** Send a failed message again, under its own id. */
  retry(id: string): void {
    const pending = this.#pending.value.find((message) => message.id === id);
    if (pending?.status !== 'failed') return;
    this.#remove(id);
    const at = this.#options.connection.now();
    this.#queue({ ...pending, at, status: 'sending', failure: null }).catch(() => {});
  }

  /** Drop a failed message. */
  discard(id: string): void {
    this.#remove(id);
  }

  /** Note what stands in the composer. */
  typed(text: string): void {
    this.#notice.typed(text);
  }

  /** Tell the other side that everything up to `seq` was seen. Told once, the newest only. */
  read(seq: number): void {
    const { connection, side } = this.#options;
    const conv = this.#conv.value;
    const told = Math.max(this.#state.value?.reads?.[side] ?? 0, this.#reading ?? 0);
    if (!conv || seq <= told) return;
    this.#reading = seq;
    connection.send({ t: 'read', conv, upto: seq }).catch(() => {
      if (this.#reading === seq) this.#reading = null;
    });
  }

  /** Fetch the fifty events before the oldest one here. Throws ApiError. */
  loadOlder(): Promise<void> {
    this.#loading ??= this.#older().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #older(): Promise<void> {
    const conv = this.#conv.value;
    const oldest = this.#events.value[0]?.seq;
    if (!conv || !this.#more.value || oldest === undefined) return;
    const page = await this.#options.api.get<{ events: TimelineEvent[]; more: boolean }>(
      `/conversations/${conv}/events?before=${oldest}&limit=50`,
    );
    if (this.#events.value[0]?.seq !== oldest) return; // a snapshot came meanwhile
    this.#events.value = [...page.events, ...this.#events.value];
    this.#more.value = page.more;
  }

  /** Take over from the page's earlier life; what may not have arrived goes again, as itself. */
  #recall(pending: Pending): void {
    if (pending.status === 'failed') this.#put(pending);
    else this.#queue({ ...pending, status: 'sending' }).catch(() => {});
  }

  #queue(pending: Pending): Promise<Ack> {
    this.#put(pending);
    // One after the other: order is kept, and the second knows the conversation of the first.
    const sent = this.#sending.then(() => this.#dispatch(pending));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  async #dispatch(pending: Pending): Promise<Ack> {
    const { connection, opening, side } = this.#options;
    const { id, text, consult, confidential } = pending;
    const files = pending.files.map((file) => file.id);
    const conv = this.#conv.value;
    try {
      const ack = conv
        ? await connection.send({ t: 'message.send', conv, text, files, consult, confidential }, id)
        : await connection.send(
            { t: 'conversation.start', text, files, ...(opening?.() ?? { lang: 'en' }) },
            id,
          );
      if (ack.conv && side === 'visitor') this.adopt(ack.conv);
      this.#update(id, { status: 'sent' });
      return ack;
    } catch (error) {
      const code = error instanceof Refused ? error.code : 'internal';
      if (code !== 'stopped') {
        const failure = code === 'disconnected' ? 'unavailable' : code;
        this.#update(id, { status: 'failed', failure });
      }
      throw error;
    }
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === 'gone') {
      if (frame.stream === this.#conv.value) this.#gone.value = frame.code;
      return;
    }
    if (!('conv' in frame) || !frame.conv || frame.conv !== this.#conv.value) return;
    switch (frame.t) {
      case 'snapshot':
        this.#state.value = frame.state;
        this.#events.value = frame.events;
        this.#more.value = frame.more ?? false;
        for (const { event } of frame.events) this.#arrived(event);
        return;
      case 'event': {
        const { seq, at, by, event } = frame;
        const entry: TimelineEvent = { seq, at, by, event };
        if (this.#state.value)
          this.#state.value = this.#options.fold(this.#state.value, entry, this.#options.side);
        this.#events.value = [...this.#events.value, entry];
        this.#arrived(event);
        if (event.kind === 'message') this.#people.note(by, false);
        return;
      }
      case 'typing':
        if (frame.by && frame.by.id !== this.#options.connection.you.value?.id) {
          this.#people.note(frame.by, frame.on);
        }
    }
  }

  #arrived(event: TimelineEvent['event']): void {
    if (event.kind === 'message') this.#remove(event.id);
  }

  #put(pending: Pending): void {
    this.#save([...this.#pending.value, pending]);
  }

  #update(id: string, change: Partial<Pending>): void {
    const { value } = this.#pending;
    if (!value.some((message) => message.id === id)) return;
    this.#save(value.map((message) => (message.id === id ? { ...message, ...change } : message)));
  }

  #remove(id: string): void {
    const rest = this.#pending.value.filter((message) => message.id !== id);
    if (rest.length !== this.#pending.value.length) this.#save(rest);
  }

  #save(pending: Pending[]): void {
    this.#pending.value = pending;
    this.#options.store?.save(pending);
  }
}

export type { Entry, Pending, Side };
export { sideOf };
