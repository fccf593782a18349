/**
 * A visitor's wait as they steer it: how they stand, what they look at, what they ask for. Knows
 * no DOM; `queue.tsx` gives it all that it needs.
 *
 *   standing ──► message ──leave──► standing        (waiting, ringing, unstaffed)
 *      │  └────► callback ──book──► standing        (those two also from callback; it from left too)
 *      └───────► email ──save──► standing           (left)
 */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import { type Api, ApiError } from '@/client/api.ts';
import type { Clock } from '@/client/clock.ts';
import type { Connection } from '@/client/connection.ts';
import { type Command, type Draft, Refused } from '@/client/frames.ts';
import type { QueuePlace } from '@/client/protocol.gen.ts';
import type { Thread } from '@/client/thread.ts';
import { type Standing, standingOf } from './standing.ts';
import type { QueueWords } from './strings.en.ts';
import type { CallbackTimes } from './times.ts';

export type View = 'standing' | 'message' | 'callback' | 'email';
export type Act = 'leave' | 'book' | 'join' | 'save';
export type Trouble = keyof QueueWords['trouble'];

/** What the visitor has told in this tab, here or in the form; the server tells it to staff only. */
interface Told {
  email?: true;
  /** False: a call back was asked for without a number. */
  phone?: boolean;
}

export interface Keeping {
  recall<T>(key: string): T | null;
  keep(key: string, value: unknown): void;
}

export interface QueueingParts {
  connection: Pick<Connection, 'state' | 'send' | 'now'>;
  thread: Pick<Thread, 'conv' | 'state'>;
  api: Pick<Api, 'get'>;
  /** The newest place that was told. */
  place: ReadonlySignal<QueuePlace | null>;
  keeping: Keeping;
  clock: Clock;
}

const TOLD = 'queue'; // also in `widget/form.tsx`
const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const PHONE = /^[\d+() -]{5,24}$/; // as the server takes it
/** What can be looked at besides how one stands. */
const INSTEAD: readonly View[] = ['message', 'callback'];
const VIEWS: Record<Standing['kind'] | 'none', readonly View[]> = {
  none: [],
  waiting: INSTEAD,
  ringing: INSTEAD,
  unstaffed: INSTEAD,
  callback: INSTEAD,
  left: ['callback', 'email'],
};

export function isEmail(text: string): boolean {
  return EMAIL.test(text);
}

export function isPhone(text: string): boolean {
  return PHONE.test(text) && text.replace(/\D/g, '').length >= 5;
}

export class Queueing {
  readonly #parts: QueueingParts;
  readonly #view = signal<View>('standing');
  readonly #busy = signal<Act | null>(null);
  readonly #trouble = signal<Trouble | null>(null);
  readonly #times = signal<CallbackTimes | null>(null);
  readonly #lost = signal(false);
  #question: symbol | null = null;
  readonly #told: Signal<Told>;
  readonly #moment = signal(0); // grows when the time alone changes how one stands

  /** How the visitor stands; null: nothing to tell. */
  readonly standing: ReadonlySignal<Standing | null>;
  /** What is being written; it outlives the view, not the page. */
  readonly email = signal('');
  readonly phone = signal('');

  constructor(parts: QueueingParts) {
    this.#parts = parts;
    this.#told = signal<Told>(parts.keeping.recall<Told>(TOLD) ?? {});
    const { clock, connection, place, thread } = parts;
    this.standing = computed(() => {
      this.#moment.value;
      return standingOf(thread.state.value, place.value, connection.now());
    });
    const views = computed(() => VIEWS[this.standing.value?.kind ?? 'none']);
    effect(() => {
      if (!views.value.includes(this.#view.peek())) this.#view.value = 'standing';
      this.#trouble.value = null; // it was of how one stood before
    });
    effect(() => {
      if (connection.state.value === 'online' && this.#trouble.peek() === 'network') {
        this.#trouble.value = null;
      }
    });
    effect(() => {
      const { value: standing } = this.standing;
      if (standing?.kind !== 'callback') return;
      return clock.after(Math.max(0, standing.at - connection.now()), () => {
        this.#moment.value += 1;
      });
    });
  }

  /** What the visitor looks at. */
  get view(): ReadonlySignal<View> {
    return this.#view;
  }

  /** What is under way. */
  get busy(): ReadonlySignal<Act | null> {
    return this.#busy;
  }

  /** Why the last act did not happen. */
  get trouble(): ReadonlySignal<Trouble | null> {
    return this.#trouble;
  }

  /** The times to choose from; null until they have come. */
  get times(): ReadonlySignal<CallbackTimes | null> {
    return this.#times;
  }

  /** The times could not be fetched. */
  get lost(): ReadonlySignal<boolean> {
    return this.#lost;
  }

  get told(): Told {
    return this.#told.value;
  }

  /** The shop has told who the visitor is; an address may have come with that. */
  get identified(): boolean {
    return (this.#parts.thread.state.value?.visitor.kind ?? 'anonymous') !== 'anonymous';
  }

  show(view: View): void {
    this.#trouble.value = null;
    this.#view.value = view;
    if (view === 'callback') void this.loadTimes();
  }

  /** Fetch the times to choose from. */
  async loadTimes(): Promise<void> {
    this.#times.value = null;
    this.#lost.value = false;
    const question = Symbol();
    this.#question = question;
    const answer = await this.#parts.api
      .get<CallbackTimes>(`/queue/callback-times?conv=${this.#conv}`)
      .catch(() => null);
    if (this.#question !== question) return; // asked again meanwhile
    this.#times.value = answer;
    this.#lost.value = !answer;
  }

  /** Wait no more; what was written is a message. */
  leave(): Promise<void> {
    const email = this.email.value.trim();
    const tells: Told = email ? { email: true } : {};
    return this.#act('leave', { t: 'queue.leave', conv: this.#conv, email }, tells);
  }

  /** Be called back at `at` (ms since 1970). */
  book(at: number): Promise<void> {
    const phone = this.phone.value.trim();
    return this.#act(
      'book',
      { t: 'queue.callback', conv: this.#conv, at, phone },
      { phone: !!phone },
    );
  }

  /** Wait after all, or instead of a call back. */
  join(): Promise<void> {
    return this.#act('join', { t: 'queue.join', conv: this.#conv });
  }

  /** Get the answer by e-mail too. */
  saveEmail(): Promise<void> {
    const email = this.email.value.trim();
    return this.#act('save', { t: 'contact.set', conv: this.#conv, email }, { email: true });
  }

  get #conv(): string {
    return this.#parts.thread.conv.peek() ?? '';
  }

  async #act(act: Act, command: Draft<Command>, tells: Told = {}): Promise<void> {
    if (this.#busy.peek()) return;
    if (this.#parts.connection.state.peek() !== 'online') {
      this.#trouble.value = 'network'; // a place is not chosen later than meant
      return;
    }
    this.#busy.value = act;
    this.#trouble.value = null;
    try {
      await this.#parts.connection.send(command);
      this.#told.value = { ...this.#told.peek(), ...tells };
      this.#parts.keeping.keep(TOLD, this.#told.peek());
      this.#view.value = 'standing';
    } catch (error) {
      this.#trouble.value = troubleOf(error, act);
      if (this.#trouble.value === 'notOpen') void this.loadTimes();
    } finally {
      this.#busy.value = null;
    }
  }
}

function troubleOf(error: unknown, act: Act): Trouble {
  if (error instanceof ApiError) return 'network';
  if (!(error instanceof Refused)) return 'other';
  switch (error.code) {
    case 'not_open':
      return act === 'join' ? 'nobody' : 'notOpen';
    case 'bad_text':
      return 'check';
    case 'not_waiting':
    case 'already_assigned':
    case 'conversation_closed':
      return 'notWaiting';
    case 'rate_limited':
      return 'soon';
    case 'disconnected':
    case 'stopped':
    case 'unavailable':
      return 'network';
    default:
      return 'other';
  }
}
