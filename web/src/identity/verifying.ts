/**
 * A visitor proves who they are, without its looks.
 *
 *   idle ──► asked ──choose──► starting ──► waiting (at the bank, by a page) ──┐
 *     ▲        ▲                       ├──► blocked (the page could not open)  │
 *     │        │                       └──► bankid  (in an app)                │
 *     │        └──────────────── failed, cancelled ────────────────────────────┤
 *     └───────────────────────── verified, ended ──────────────────────────────┘
 *   elsewhere: another tab of this visitor is at it.
 *
 * The conversation's state says what holds; this adds what only this tab knows: that it began the
 * attempt, by which method, in which window. A bank's page may sever its window from us (COOP),
 * so a window that seems closed is a hint and decides nothing.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import { type Api, ApiError } from '@/client/api.ts';
import type { Clock } from '@/client/clock.ts';
import type { Connection } from '@/client/connection.ts';
import type { Entry } from '@/client/entries.ts';
import type { ConversationState, VerificationState } from '@/client/protocol.gen.ts';
import type { Bank, BankWindow } from './bank.ts';
import { Polling } from './polling.ts';
import type { FailureReason, Level, Method, Started, Way } from './wire.ts';

const LEVELS: Level[] = ['low', 'substantial', 'high'];
const HANDLE = 50_000; // ms that a handle is used after it came; the server takes it for a minute
const RENEWALS = 3; // codes that nobody scanned and that are renewed by themselves, in a row
const LOOK = 1_000; // ms between looks at the bank's window
const LABELS = 4; // newest attempts whose method is remembered
const KEY = 'identity';

export type VerifyingPhase =
  | 'idle'
  | 'asked'
  | 'starting'
  | 'waiting'
  | 'blocked'
  | 'bankid'
  | 'elsewhere';

/** What stopped this tab: nothing that the conversation would tell. */
export type Trouble = 'network' | 'refused';

/** An attempt that this tab began. */
interface Begun {
  attempt: string;
  verification: string;
  method: Method;
  way: Way | null;
}

type Label = readonly [attempt: string, label: string];

/** What the tab keeps: the attempt, and by which method each was, for the line that tells. */
interface Kept {
  begun: Begun;
  labels: Label[];
}

export interface VerifyingOptions {
  connection: Pick<Connection, 'send' | 'now'>;
  api: Pick<Api, 'get' | 'post'>;
  thread: {
    readonly state: ReadonlySignal<ConversationState | null>;
    readonly entries: ReadonlySignal<Entry[]>;
  };
  bank: Bank;
  keeping: { recall<T>(key: string): T | null; keep(key: string, value: unknown): void };
  clock: Clock;
  lang: string;
  /** Whether the bank's page takes the place of the shop's, as people do it on phones. */
  phone: () => boolean;
  /** Whether something goes on here that would end with the page: a call, the page shown. */
  busy: () => boolean;
  /** The shop's page in full, to come back to; null: there is none here. */
  address: () => string | null;
  /** Whether somebody looks at this tab. */
  seen: () => boolean;
}

export class Verifying {
  readonly polling: Polling;
  readonly #o: VerifyingOptions;
  readonly #methods = signal<Method[] | null>(null);
  readonly #begun = signal<Begun | null>(null);
  readonly #starting = signal<Method | null>(null);
  readonly #trouble = signal<Trouble | null>(null);
  readonly #blocked = signal(false);
  readonly #closed = signal(false);
  readonly #cancelling = signal(false);
  readonly #done = signal<string | null>(null); // declined here, before the server knows
  #labels: Label[] = [];
  #shown: string | null = null; // the attempt whose code was shown on this page
  #window: BankWindow | null = null;
  #handle: { text: string; until: number } | null = null;
  #renewals = 0;
  #loading = false;
  #round = 0; // grows with each attempt, so that a late answer is known as one

  /** The open request. */
  readonly request: ReadonlySignal<VerificationState | null> = computed(() => {
    const request = this.#o.thread.state.value?.verification ?? null;
    return request && request.id !== this.#done.value ? request : null;
  });
  readonly phase: ReadonlySignal<VerifyingPhase> = computed(() => {
    const request = this.request.value;
    if (!request) return 'idle';
    if (this.#starting.value) return 'starting';
    const mine = this.#mine.value;
    if (mine) {
      if (mine.method.kind === 'bankid') return 'bankid';
      return this.#blocked.value ? 'blocked' : 'waiting';
    }
    return request.state === 'opened' ? 'elsewhere' : 'asked';
  });
  /** How the newest attempt ended, until the next. */
  readonly failed: ReadonlySignal<FailureReason | null> = computed(
    () => this.request.value?.failed ?? null,
  );
  /** What can be chosen, at the level that is asked for or above; null: not known yet. */
  readonly methods: ReadonlySignal<Method[] | null> = computed(() => {
    const least = LEVELS.indexOf(this.request.value?.level ?? 'low');
    return this.#methods.value?.filter(({ level }) => LEVELS.indexOf(level) >= least) ?? null;
  });
  /** The method of the attempt that this tab began, or is beginning. */
  readonly method: ReadonlySignal<Method | null> = computed(
    () => this.#starting.value ?? this.#mine.value?.method ?? null,
  );
  /** The attempt of this tab that goes on. */
  readonly #mine: ReadonlySignal<Begun | null> = computed(() => {
    const begun = this.#begun.value;
    const request = this.request.value;
    if (!begun || request?.id !== begun.verification) return null;
    if (request.state === 'opened' && request.attempt === begun.attempt) return begun;
    // The answer to its start may come before its event: only what was opened can be over.
    return this.#opened(begun.attempt) ? null : begun;
  });

  constructor(options: VerifyingOptions) {
    this.#o = options;
    this.polling = new Polling(options.api, options.clock);
    const kept = options.keeping.recall<Kept>(KEY);
    if (kept) {
      this.#begun.value = kept.begun;
      this.#labels = kept.labels;
    }
    this.#follow();
  }

  /** Something here kept the last step from being done. */
  get trouble(): ReadonlySignal<Trouble | null> {
    return this.#trouble;
  }

  /** The bank's window seems to be closed. */
  get closed(): ReadonlySignal<boolean> {
    return this.#closed;
  }

  get cancelling(): ReadonlySignal<boolean> {
    return this.#cancelling;
  }

  /** Whether the bank's page may take the place of the shop's. */
  get canLeave(): boolean {
    return !this.#o.busy() && this.#o.address() !== null;
  }

  /** The server's clock, in ms since 1970. */
  now(): number {
    return this.#o.connection.now();
  }

  /** Fetch what can be chosen, once more where that failed. */
  async load(): Promise<void> {
    if (this.#methods.value || this.#loading) return;
    this.#loading = true;
    this.#trouble.value = null;
    try {
      this.#methods.value = await this.#o.api.get<Method[]>('/identity/methods');
    } catch (error) {
      this.#trouble.value = troubleOf(error);
    }
    this.#loading = false;
  }

  /** Begin by this method. Call it in the click: a window opens in it. */
  choose(method: Method): void {
    this.#renewals = 0;
    this.#begin(method, method.kind === 'bankid' ? null : this.#usualWay());
  }

  /** Begin once more by the same method, in the click. */
  again(): void {
    const begun = this.#begun.value;
    if (!begun) return;
    this.#renewals = 0;
    this.#begin(begun.method, begun.way && this.#usualWay());
  }

  /** Go on where the bank is: its window comes to the front, or opens anew. In the click. */
  goOn(): void {
    if (this.#window && !this.#window.closed) this.#window.focus();
    else this.again();
  }

  /** The window was blocked: open the bank in a new tab, in the click. */
  openTab(): void {
    const held = this.#handle;
    this.#handle = null;
    if (held && this.#o.clock.now() < held.until) {
      this.#o.bank.go(held.text, 'tab');
      this.#blocked.value = false;
    } else this.again();
  }

  /** The window was blocked: open the bank in the place of the shop's page. */
  openHere(): void {
    const begun = this.#begun.value;
    if (begun && this.canLeave) this.#begin(begun.method, 'same');
  }

  /** Leave the attempt; the visitor may choose again. */
  async cancel(): Promise<void> {
    const attempt = this.#mine.value?.attempt ?? this.request.value?.attempt;
    if (!attempt || this.#cancelling.value) return;
    batch(() => {
      this.#cancelling.value = true;
      this.#trouble.value = null;
    });
    try {
      await this.#o.api.post(`/identity/attempts/${attempt}/cancel`);
      this.#shut();
    } catch (error) {
      this.#trouble.value = troubleOf(error);
    }
    this.#cancelling.value = false;
  }

  /** Do not prove it. */
  decline(): void {
    const request = this.request.value;
    const conv = this.#o.thread.state.value?.id;
    if (!request || !conv) return;
    this.#shut();
    this.#done.value = request.id;
    this.#o.connection.send({ t: 'identity.end', conv, verification: request.id }).catch(() => {});
  }

  /** By which method it was proven; null: in another tab. */
  labelOf(verification: string): string | null {
    const opened = this.#o.thread.entries.value.findLast(
      ({ event }) => event.kind === 'identity_opened' && event.verification === verification,
    )?.event;
    if (opened?.kind !== 'identity_opened') return null;
    return this.#labels.find(([attempt]) => attempt === opened.attempt)?.[1] ?? null;
  }

  #usualWay(): Way {
    if (!this.#o.phone()) return 'popup';
    return this.canLeave ? 'same' : 'tab';
  }

  #begin(method: Method, way: Way | null): void {
    const request = this.request.value;
    if (!request || this.#starting.value) return;
    const opened = way === 'popup' || way === 'tab' ? this.#o.bank.open(way, this.#o.lang) : null;
    this.#handle = null;
    this.#window = opened;
    this.#round += 1;
    batch(() => {
      this.#trouble.value = null;
      this.#blocked.value = false;
      this.#closed.value = false;
      this.#starting.value = method;
    });
    void this.#start(request, method, way, this.#round);
  }

  async #start(
    request: VerificationState,
    method: Method,
    way: Way | null,
    round: number,
  ): Promise<void> {
    // An app leads back to it as well; a window of its own closes instead.
    const address = way === 'same' || way === null ? this.#o.address() : null;
    try {
      const started = await this.#o.api.post<Started>(
        `/identity/verifications/${request.id}/attempts`,
        {
          conv: this.#o.thread.state.value?.id,
          method: method.id,
          way: way ?? 'none',
          lang: this.#o.lang,
          ...(address ? { return_url: address } : {}),
        },
      );
      if (round !== this.#round) return;
      // Over meanwhile: withdrawn, or out of time.
      if (this.request.value?.id !== request.id) this.#shut();
      else
        this.#started({ attempt: started.attempt, verification: request.id, method, way }, started);
    } catch (error) {
      if (round !== this.#round) return;
      this.#shut();
      this.#trouble.value = troubleOf(error);
    }
    this.#starting.value = null;
  }

  #started(begun: Begun, { handle }: Started): void {
    const label: Label = [begun.attempt, begun.method.label];
    this.#labels = [...this.#labels, label].slice(-LABELS);
    const kept: Kept = { begun, labels: this.#labels };
    this.#o.keeping.keep(KEY, kept);
    this.#begun.value = begun;
    if (!handle) return;
    const { bank, clock } = this.#o;
    if (begun.way === 'same') bank.go(handle, 'same');
    else if (this.#window) bank.go(handle, 'opened');
    else {
      this.#handle = { text: handle, until: clock.now() + HANDLE };
      this.#blocked.value = true;
    }
  }

  /** Let go of the bank's window, and close it where that is still ours to do. */
  #shut(): void {
    this.#window?.close();
    this.#window = null;
    this.#handle = null;
  }

  #opened(attempt: string): boolean {
    return this.#o.thread.entries.value.some(
      ({ event }) => event.kind === 'identity_opened' && event.attempt === attempt,
    );
  }

  #follow(): void {
    effect(() => {
      if (this.request.value) void this.load();
    });
    effect(() => {
      const mine = this.#mine.value;
      const shown = mine?.method.kind === 'bankid' ? mine.attempt : null;
      this.#shown = shown ?? this.#shown;
      this.polling.follow(shown);
    });
    effect(() => {
      if (this.phase.value !== 'waiting' || !this.#window) return;
      return this.#watch(this.#window);
    });
    effect(() => this.#renew());
  }

  /** Note when the bank's window is gone, or is not ours any more. */
  #watch(opened: BankWindow): () => void {
    let cancel = () => {};
    const look = () => {
      this.#closed.value = opened.closed;
      if (!opened.closed) cancel = this.#o.clock.after(LOOK, look);
    };
    look();
    return () => cancel();
  }

  /** Show a new code where the one before ran out and nobody had scanned it. */
  #renew(): void {
    const begun = this.#begun.value;
    if (this.phase.value !== 'asked' || this.failed.value !== 'expired') return;
    if (!begun || begun.attempt !== this.#shown) return;
    if (this.#renewals >= RENEWALS || !this.#o.seen()) return;
    this.#renewals += 1;
    this.#begin(begun.method, null);
  }
}

function troubleOf(error: unknown): Trouble {
  return error instanceof ApiError && error.final ? 'refused' : 'network';
}
