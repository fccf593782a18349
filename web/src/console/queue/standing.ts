/**
 * How this agent stands: available or not, how much they serve, what is offered to them, what they
 * finish. The server's `desk` frame is the truth and is complete each time; what this page has just
 * done shows at once and is taken back when it is refused.
 *
 * Knows no DOM; `Standing` is to the queue what `Desk` is to the inbox.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { ApiError } from '@/client/api';
import { Refused } from '@/client/frames';
import type { Desk as DeskFrame, Reservation, Wrapup } from '@/client/protocol.gen';
import type { Desk } from '../desk';
import { canPull, offerKey, openWrapups, ringing } from './offers';
import { refusalOf } from './refusals';

export type AgentState = DeskFrame['state'];
export type AwayReason = 'break' | 'lunch' | 'meeting' | 'training' | 'other';

export const AWAY_REASONS: readonly AwayReason[] = [
  'break',
  'lunch',
  'meeting',
  'training',
  'other',
];

const FRESH = 60_000; // ms; the server waits for 15 s, on a clock of its own

export class Standing {
  readonly #desk: Desk;
  readonly #frame = signal<DeskFrame | null>(null);
  /** Keys of offers, and tasks of wrap-ups, that were answered here. */
  readonly #answered = signal<ReadonlySet<string>>(new Set());
  /** Tasks of wrap-ups that were given more time: once is all there is. */
  readonly #extended = signal<ReadonlySet<string>>(new Set());
  readonly #busy = signal<ReadonlySet<string>>(new Set());
  readonly #setting = signal(false);
  readonly #pulling = signal(false);
  readonly #ends: (() => void)[];
  readonly canPull: ReadonlySignal<boolean>;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.canPull = computed(() => canPull(this.#frame.value));
    this.#ends = [
      desk.connection.frame((frame) => {
        if (frame.t === 'desk') this.#frame.value = frame;
      }),
      this.#connects(),
      this.#returns(),
    ];
  }

  /** Null until the server has told the first one. */
  get frame(): ReadonlySignal<DeskFrame | null> {
    return this.#frame;
  }
  /** A change of state is on its way. */
  get setting(): ReadonlySignal<boolean> {
    return this.#setting;
  }
  get pulling(): ReadonlySignal<boolean> {
    return this.#pulling;
  }

  /** The offers that ring at `now`, in order. */
  offers(now: number): Reservation[] {
    return ringing(this.#frame.value?.offers ?? [], this.#answered.value, now);
  }

  wrapups(now: number): Wrapup[] {
    return openWrapups(this.#frame.value?.wrapups ?? [], this.#answered.value, now);
  }

  /** The wrap-up that a closed conversation is in, if any. */
  wrapup(conv: string, now: number): Wrapup | null {
    return this.wrapups(now).find((wrapup) => wrapup.conv === conv) ?? null;
  }

  /** Whether an answer to this offer, or to this wrap-up's task, is on its way. */
  busy(key: string): boolean {
    return this.#busy.value.has(key);
  }

  /** Say that one is there, or why not. */
  async set(state: 'available' | 'away', reason: AwayReason | '' = ''): Promise<void> {
    if (this.#setting.peek()) return;
    this.#setting.value = true;
    try {
      const asked = reason ? { state, reason } : { state };
      const set = await this.#desk.cookieApi.put<{ reason?: string }>('/agent/status', asked);
      const known = this.#frame.peek();
      const since = this.#desk.connection.now();
      this.#frame.value = { ...(known ?? { t: 'desk' }), state, reason: set.reason ?? '', since };
    } catch (error) {
      this.#tell(error, 'status');
    } finally {
      this.#setting.value = false;
    }
  }

  /** Take what was offered; `open` it then. */
  accept(offer: Reservation): Promise<boolean> {
    const { conv, task, fence } = offer;
    return this.#answer(offer, { t: 'offer.accept', conv, task, fence });
  }

  /** Let it pass to somebody else. */
  reject(offer: Reservation): Promise<boolean> {
    const { conv, task, fence } = offer;
    return this.#answer(offer, { t: 'offer.reject', conv, task, fence });
  }

  /** Take whoever is next, and open it. */
  async pull(): Promise<void> {
    if (this.#pulling.peek()) return;
    this.#pulling.value = true;
    try {
      const { conv } = await this.#desk.cookieApi.post<{ conv: string }>('/agent/next');
      this.open(conv);
    } catch (error) {
      this.#tell(error, 'next');
    } finally {
      this.#pulling.value = false;
    }
  }

  canExtend({ task }: Wrapup): boolean {
    return !this.#extended.value.has(task);
  }

  /** Finish a wrap-up: its slot is free for somebody else. */
  async finish({ task }: Wrapup): Promise<void> {
    await this.#wrap(task, 'end');
  }

  /** Ask for the same time again; once. */
  async extend({ task }: Wrapup): Promise<void> {
    await this.#wrap(task, 'extend');
  }

  /** Show a conversation that became ours. */
  open(conv: string): void {
    batch(() => {
      const { view } = this.#desk.prefs;
      if (view.value === 'waiting') view.value = 'mine';
      this.#desk.select(conv);
    });
  }

  dispose(): void {
    for (const end of this.#ends) end();
  }

  async #answer(
    offer: Reservation,
    command: Parameters<Desk['connection']['send']>[0],
  ): Promise<boolean> {
    const key = offerKey(offer);
    if (this.#busy.peek().has(key)) return false;
    this.#mark(key, true);
    try {
      await this.#desk.connection.send(command);
      this.#answered.value = new Set(this.#answered.peek()).add(key);
      return true;
    } catch (error) {
      // Whatever the reason, this offer is over for us, unless the command never arrived.
      if (error instanceof Refused && error.code !== 'disconnected') {
        this.#answered.value = new Set(this.#answered.peek()).add(key);
      }
      this.#tell(error, command.t);
      return false;
    } finally {
      this.#mark(key, false);
    }
  }

  async #wrap(task: string, act: 'end' | 'extend'): Promise<void> {
    if (this.#busy.peek().has(task)) return;
    this.#mark(task, true);
    try {
      await this.#desk.cookieApi.post(`/agent/wrapups/${encodeURIComponent(task)}/${act}`);
      const marked = act === 'end' ? this.#answered : this.#extended;
      marked.value = new Set(marked.peek()).add(task);
    } catch (error) {
      this.#tell(error, 'wrapup');
    } finally {
      this.#mark(task, false);
    }
  }

  #mark(key: string, on: boolean): void {
    const busy = new Set(this.#busy.peek());
    if (on) busy.add(key);
    else busy.delete(key);
    this.#busy.value = busy;
  }

  /** Says once for each assignment that the conversation stands before us. */
  #connects(): () => void {
    const said = new Set<string>();
    return effect(() => {
      const thread = this.#desk.thread.value;
      const state = thread?.state.value;
      if (!thread || state?.state !== 'active' || state.assignee?.id !== this.#desk.id) return;
      const assigned = thread.entries.value.findLast(({ event }) => event.kind === 'assigned');
      // An older one was connected, or went on to somebody else, long ago.
      if (!assigned || this.#desk.connection.now() - assigned.at > FRESH) return;
      const key = `${state.id}:${assigned.seq}`;
      if (said.has(key)) return;
      said.add(key);
      this.#connect(state.id);
    });
  }

  /** What was given back after a lost connection is before us, whatever we look at. */
  #returns(): () => void {
    let before = new Map<string, boolean>();
    return effect(() => {
      const after = new Map<string, boolean>();
      for (const { id, state, assignee, why } of this.#desk.inbox.items.value) {
        if (state !== 'active') continue;
        const back = assignee?.id === this.#desk.id && why?.kind === 'returned';
        after.set(id, back);
        if (back && before.get(id) !== true) this.#connect(id);
      }
      before = after;
    });
  }

  #connect(conv: string): void {
    // Refused means that it went on to somebody else, which its timeline tells.
    this.#desk.connection.send({ t: 'conversation.connect', conv }).catch(() => {});
  }

  #tell(error: unknown, act: string): void {
    const known = error instanceof Refused || error instanceof ApiError;
    const word = known ? refusalOf(error.code, act) : 'other';
    if (word !== 'stopped') this.#desk.notify({ word });
  }
}
