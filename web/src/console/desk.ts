/**
 * What an agent works with while signed in: the connection, the inbox as the chosen view shows
 * it, the open conversation, who else looks at what, and every act on a conversation.
 *
 * Knows no DOM. State is changed here only; components read signals and call methods. An act that
 * the server refuses becomes a notice, which the page words in the reader's language.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '@/client/api';
import type { Connection } from '@/client/connection';
import { type Command, type Draft, Refused } from '@/client/frames';
import { Inbox } from '@/client/inbox';
import type { ConversationSummary, Event, Person, ServerFrame } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { ClosedList } from './closed';
import type { Prefs } from './prefs';
import { refusalOf } from './queue/refusals';
import type { Me } from './session';
import { Threads } from './threads';
import { type Counts, countViews, holdOrder, listRows, neighbour, type View } from './views';

/** Something to tell the agent once; `word` is a stable word, `conv` where it happened. */
export interface Notice {
  word: string;
  name?: string;
  conv?: string;
}

export interface DeskOptions {
  me: Me;
  connection: Connection;
  /** With the bearer token, for what all audiences share. */
  api: Api;
  /** With the cookie: lists and the agent's own things. */
  cookieApi: Api;
  prefs: Prefs;
  /** Shows the agent a notice. */
  notify: (notice: Notice) => void;
}

export class Desk {
  readonly me: Me;
  readonly connection: Connection;
  readonly api: Api;
  readonly cookieApi: Api;
  readonly prefs: Prefs;
  readonly notify: (notice: Notice) => void;
  readonly inbox: Inbox;
  readonly closed: ClosedList;
  readonly counts: ReadonlySignal<Counts>;
  /** The rows of the chosen view, in order. */
  readonly rows: ReadonlySignal<ConversationSummary[]>;
  readonly #threads: Threads;
  readonly #selected = signal<string | null>(null);
  readonly #thread = signal<Thread | null>(null);
  readonly #unreadOnly = signal(false);
  readonly #department = signal<string | null>(null);
  readonly #held = signal<readonly string[] | null>(null);
  readonly #viewers = signal<ReadonlyMap<string, Person[]>>(new Map());
  readonly #online = signal<ReadonlyMap<string, boolean>>(new Map());
  readonly #taken = signal<string | null>(null);
  readonly #busy = signal<string | null>(null);
  readonly #ends: (() => void)[] = [];

  constructor(options: DeskOptions) {
    this.me = options.me;
    this.connection = options.connection;
    this.api = options.api;
    this.cookieApi = options.cookieApi;
    this.prefs = options.prefs;
    this.notify = options.notify;
    this.#threads = new Threads(options.connection, options.api);
    this.inbox = new Inbox(options.connection);
    this.closed = new ClosedList(options.cookieApi);
    this.counts = computed(() => countViews(this.inbox.items.value, this.id));
    const sorted = computed(() =>
      listRows(this.#source(), {
        view: this.prefs.view.value,
        order: this.prefs.order.value,
        unreadOnly: this.#unreadOnly.value,
        department: this.#department.value,
        me: this.id,
        keep: this.#selected.value,
      }),
    );
    this.rows = computed(() =>
      this.#held.value ? holdOrder(this.#held.value, sorted.value) : sorted.value,
    );
    this.#ends.push(options.connection.frame((frame) => this.#receive(frame)));
    this.#ends.push(
      effect(() => {
        if (this.prefs.view.value === 'closed' && this.closed.phase.peek() === 'idle') {
          void this.closed.load();
        }
      }),
    );
  }

  /** The agent's own id. */
  get id(): string {
    return this.me.agent.id;
  }
  get selected(): ReadonlySignal<string | null> {
    return this.#selected;
  }
  get thread(): ReadonlySignal<Thread | null> {
    return this.#thread;
  }
  get unreadOnly(): ReadonlySignal<boolean> {
    return this.#unreadOnly;
  }
  /** The id of the one department that is shown; null: all are. */
  get department(): ReadonlySignal<string | null> {
    return this.#department;
  }
  /** The conversation that a colleague got first, until it is left or dismissed. */
  get taken(): ReadonlySignal<string | null> {
    return this.#taken;
  }

  /** Colleagues who look at `conv` now. */
  viewers(conv: string): Person[] {
    return (this.#viewers.value.get(conv) ?? []).filter((person) => person.id !== this.id);
  }

  /** Whether the customer's browser is connected; null while nobody has said. */
  online(conv: string): boolean | null {
    return this.#online.value.get(conv) ?? null;
  }

  row(conv: string): ConversationSummary | null {
    return this.#source().find((row) => row.id === conv) ?? null;
  }

  /** Show a conversation, or none. */
  select(conv: string | null): void {
    if (conv === this.#selected.value) return;
    batch(() => {
      this.#selected.value = conv;
      this.#thread.value = conv === null ? null : this.#threads.use(conv, this.#busy.value);
      this.#taken.value = null;
    });
    this.connection.ephemeral({ t: 'viewing', conv });
  }

  selectNeighbour(step: 1 | -1): void {
    const ids = this.rows.value.map((row) => row.id);
    this.select(neighbour(ids, this.#selected.value, step) ?? this.#selected.value);
  }

  show(view: View): void {
    this.prefs.view.value = view;
    if (view === 'closed') void this.closed.load();
  }

  filterUnread(on: boolean): void {
    this.#unreadOnly.value = on;
  }

  filterDepartment(id: string | null): void {
    this.#department.value = id;
  }

  /** Keep rows where they are while a pointer is over the list. */
  hold(on: boolean): void {
    this.#held.value = on ? this.rows.value.map((row) => row.id) : null;
  }

  /** Keep this conversation's stream open: a call is on in it. */
  keep(conv: string | null): void {
    this.#busy.value = conv;
  }

  /** Take a waiting conversation. Of several agents exactly one gets it; the others are told who. */
  async accept(conv: string): Promise<void> {
    try {
      await this.connection.send({ t: 'conversation.accept', conv });
      if (this.prefs.view.value === 'waiting') this.prefs.view.value = 'mine';
    } catch (error) {
      if (error instanceof Refused && error.code === 'already_assigned') this.#taken.value = conv;
      else this.#tell(error, conv, 'conversation.accept');
    }
  }

  /** Accept the customer who has waited longest. */
  async acceptNext(): Promise<void> {
    const [first] = listRows(this.inbox.items.value, {
      view: 'waiting',
      order: 'longest',
      unreadOnly: false,
      me: this.id,
    });
    if (!first) return;
    this.select(first.id);
    await this.accept(first.id);
  }

  async handBack(conv: string): Promise<boolean> {
    const done = await this.act({ t: 'conversation.handback', conv });
    if (done) this.notify({ word: 'handedBack', conv });
    return done;
  }

  /** Do a command; a refusal becomes a notice. Returns whether it was done. */
  async act(command: Draft<Command>): Promise<boolean> {
    try {
      await this.connection.send(command);
      return true;
    } catch (error) {
      this.#tell(error, 'conv' in command ? command.conv : null, command.t);
      return false;
    }
  }

  dismissTaken(): void {
    this.#taken.value = null;
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#threads.close();
    this.inbox.close();
    this.connection.stop();
  }

  #source(): ConversationSummary[] {
    const live = this.inbox.items.value;
    if (this.prefs.view.value !== 'closed') return live;
    const query = this.closed.query.value.trim();
    const known = new Map(this.closed.items.value.map((row) => [row.id, row]));
    for (const row of live) {
      // A row that closes while we look joins the list; a search is answered by the server alone.
      if (known.has(row.id) || (row.state === 'closed' && query === '')) known.set(row.id, row);
    }
    return [...known.values()];
  }

  #receive(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        this.connection.ephemeral({ t: 'viewing', conv: this.#selected.value });
        return;
      case 'viewers':
        this.#viewers.value = new Map(this.#viewers.value).set(frame.conv, frame.people);
        return;
      case 'presence':
        this.#online.value = new Map(this.#online.value).set(frame.conv, frame.online);
        return;
      case 'event':
        this.#hear(frame);
    }
  }

  /** Tells what happened to a conversation of ours, where its timeline alone might not be seen. */
  #hear({ conv, event, by }: Event): void {
    const name = by.name ?? '';
    const own = by.id === this.id;
    switch (event.kind) {
      case 'transfer_ended':
        if (own || this.row(conv)?.assignee?.id !== this.id) return;
        if (event.outcome === 'declined') this.notify({ word: 'declined', name, conv });
        else if (event.outcome === 'unanswered') this.notify({ word: 'unanswered', conv });
        return;
      case 'consult_ended':
        if (!own && event.outcome === 'declined' && this.row(conv)?.assignee?.id === this.id) {
          this.notify({ word: 'consultDeclined', name, conv });
        }
        return;
      case 'observer_joined':
        if (event.observer.consult && this.#elsewhere(conv)) {
          this.notify({ word: 'adviserJoined', name: event.observer.person.name ?? '', conv });
        }
        return;
      case 'assigned': {
        if (event.agent.id === this.id) return;
        const to = event.agent.name ?? '';
        if (event.via === 'transfer') this.notify({ word: 'accepted', name: to, conv });
        else if (event.via === 'takeover') this.notify({ word: 'takenOver', name: to, conv });
        return;
      }
      case 'unassigned': {
        const { reason } = event;
        if (event.agent.id !== this.id || reason === 'handback' || !reason) return;
        this.notify({ word: reason, conv });
        return;
      }
      case 'cobrowse_started':
        if (this.#elsewhere(conv)) this.notify({ word: 'shows', conv });
        return;
      case 'identity_verified':
        if (this.#elsewhere(conv)) this.notify({ word: 'proved', conv });
    }
  }

  /** Whether one serves this conversation while looking at another. */
  #elsewhere(conv: string): boolean {
    return conv !== this.#selected.value && this.row(conv)?.assignee?.id === this.id;
  }

  #tell(error: unknown, conv: string | null, command: string): void {
    const word = error instanceof Refused ? refusalOf(error.code, command) : 'other';
    if (word === 'stopped') return;
    this.notify(conv === null ? { word } : { word, conv });
  }
}
