/**
 * One WebSocket to the server that heals itself; knows no DOM.
 *
 *   idle ──start──► connecting ──welcome──► online ──lost──► offline ──welcome──► online
 *                        └───────── terminal close, no session ────────► refused
 *
 * A command is kept until the server has answered it, and is sent again with the same id after
 * each reconnection: the id is the idempotency key, so it happens once. Streams resume from
 * their cursors, and listeners see each event once and in order (`cursors.ts`).
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { ApiError } from './api.ts';
import { reconnectDelay } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { Cursors } from './cursors.ts';
import { type Ack, type Command, type Draft, Refused } from './frames.ts';
import type {
  Answer,
  AnswerTaken,
  ClientFrame,
  DirectReport,
  DirectSignal,
  Heartbeat,
  Nack,
  Offer,
  Person,
  ServerFrame,
  Typing,
  Viewing,
  Welcome,
} from './protocol.gen.ts';
import {
  CLOSE_DRAINING,
  CLOSE_TOKEN_EXPIRED,
  CLOSE_TOO_SLOW,
  PROTOCOL_VERSION,
} from './protocol.gen.ts';
import { ulid } from './ulid.ts';

const WELCOME_TIMEOUT = 10_000; // ms from the attempt to `welcome`
const SILENCE = 2.2; // heartbeats that may be missed, and a little for the way
const HEARTBEAT_ACTIVE = 5; // seconds, in a call; the server beats within them once it is told
const MAX_TRIES = 6; // of a command that the server refuses for the moment
const RETRYABLE = new Set([CLOSE_TOKEN_EXPIRED, CLOSE_TOO_SLOW, CLOSE_DRAINING]);

export type ConnectionState = 'idle' | 'connecting' | 'online' | 'offline' | 'refused';

/** The part of a WebSocket that is used here. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface ConnectionOptions {
  url: string;
  /** Gives the session's token; `fresh` when the last one was refused. ApiError 4xx: no session. */
  token: (fresh: boolean) => Promise<string>;
  socket?: (url: string) => Socket;
  clock?: Clock;
}

interface Waiting {
  frame: Command | Offer;
  tries: number;
  resolve: (answer: Ack | Answer) => void;
  reject: (reason: Refused) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #state = signal<ConnectionState>('idle');
  readonly #you = signal<Person | null>(null);
  readonly #refusal = signal<number | null>(null);
  readonly #cursors = new Cursors();
  readonly #waiting = new Map<string, Waiting>();
  readonly #asked = new Map<string, string>(); // id of a subscribe -> its stream
  readonly #live = new Set<string>(); // streams that are open on this very socket
  readonly #listeners = new Set<(frame: ServerFrame) => void>();
  #socket: Socket | null = null;
  #welcomed = false;
  #attempt = 0;
  #active = false;
  #fresh = false;
  #retryAfter: number | null = null;
  #cancelWatch: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #offset = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get state(): ReadonlySignal<ConnectionState> {
    return this.#state;
  }

  /** Who the server says that we are. */
  get you(): ReadonlySignal<Person | null> {
    return this.#you;
  }

  /** The close code or HTTP status that ended it for good, in state `refused`. */
  get refusal(): ReadonlySignal<number | null> {
    return this.#refusal;
  }

  /** The server's clock, in milliseconds since 1970. */
  now(): number {
    return this.#clock.now() + this.#offset;
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    if (this.#state.value !== 'idle' && this.#state.value !== 'refused') return;
    this.#state.value = 'connecting';
    this.#attempt = 0;
    void this.#connect();
  }

  /** Try again at once: the network came back, or the page is looked at again. */
  wake(): void {
    if (this.#state.value !== 'offline' || this.#socket) return;
    this.#cancelRetry();
    void this.#connect();
  }

  /** Hang up; what was not answered is rejected as `stopped`. */
  stop(): void {
    this.#state.value = 'idle';
    this.#drop(1000);
    this.#cancelRetry();
    for (const waiting of this.#waiting.values()) waiting.reject(new Refused('stopped'));
    this.#waiting.clear();
  }

  /**
   * Have a command done. Survives reconnections. `id`: of an earlier attempt, to repeat it.
   *
   * @throws Refused with the server's code; nothing happened then.
   */
  send(draft: Draft<Command>, id: string = ulid(this.#clock.now())): Promise<Ack> {
    return this.#ask({ ...draft, id } as Command) as Promise<Ack>;
  }

  /** Send an offer; it is not repeated, since it means nothing on another connection. */
  offer(draft: Draft<Offer>): Promise<Answer> {
    if (!this.#welcomed) return Promise.reject(new Refused('disconnected'));
    return this.#ask({ ...draft, id: ulid(this.#clock.now()) } as Offer) as Promise<Answer>;
  }

  /** Send something that may be lost. */
  ephemeral(frame: Typing | Viewing | AnswerTaken | DirectSignal | DirectReport): void {
    if (this.#welcomed) this.#write(frame);
  }

  /** Ask for a stream: its snapshot, then what happens. Each `open` wants its `close`. */
  open(stream: string): void {
    if (this.#cursors.open(stream) && this.#welcomed) this.#subscribe(stream);
    this.start();
  }

  close(stream: string): void {
    if (this.#cursors.close(stream)) this.#leave(stream);
  }

  /** Ask again for an open stream from where it stands. */
  refresh(stream: string): void {
    if (this.#welcomed && this.#cursors.has(stream)) this.#subscribe(stream);
  }

  /** Listen to every frame that counts; the result ends it. */
  frame(fn: (frame: ServerFrame) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** In a call: shorter heartbeats, and quicker returns. */
  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    if (!this.#welcomed) return;
    this.#write({ t: 'beat', active });
    // The watch that runs was set for an idle connection; a call cannot wait that long.
    if (active) this.#watch(HEARTBEAT_ACTIVE * 1000 * SILENCE);
  }

  #ask(frame: Command | Offer): Promise<Ack | Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(frame.id, { frame, tries: 1, resolve, reject });
      if (this.#welcomed) this.#write(frame);
      else if (this.#state.value === 'offline')
        this.wake(); // somebody acts: do not let them wait
      else this.start();
    });
  }

  async #connect(): Promise<void> {
    this.#cancelRetry();
    let token: string;
    try {
      token = await this.#options.token(this.#fresh);
    } catch (error) {
      if (error instanceof ApiError && error.final) this.#refuse(error.status);
      else this.#comeAgain();
      return;
    }
    if (this.#state.value === 'idle' || this.#socket) return;
    this.#fresh = false;
    const make = this.#options.socket ?? ((url: string) => new WebSocket(url) as unknown as Socket);
    const socket = make(this.#options.url);
    this.#socket = socket;
    this.#watch(WELCOME_TIMEOUT);
    socket.onopen = () => {
      const cursors = this.#cursors.all();
      for (const stream of Object.keys(cursors)) this.#live.add(stream);
      this.#write({ t: 'hello', v: PROTOCOL_VERSION, token, cursors, active: this.#active });
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(JSON.parse(String(data)) as ServerFrame);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  #receive(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        this.#welcome(frame);
        return;
      case 'heartbeat':
        this.#beat(frame);
        return;
      case 'ack':
      case 'rtc.answer':
        this.#subscribed(frame.id);
        this.#settle(frame.id)?.resolve(frame);
        return;
      case 'nack':
        this.#refused(frame);
        return;
      case 'bye':
        this.#retryAfter = frame.retry_after ?? null;
        return;
      case 'snapshot':
      case 'inbox.snapshot':
        if (this.#cursors.snapshot(frame) === 'apply') this.#tell(frame);
        return;
      case 'event':
      case 'inbox.changes': {
        const verdict = this.#cursors.advance(frame);
        if (verdict === 'apply') this.#tell(frame);
        else if (verdict === 'gap') this.#subscribe('conv' in frame ? frame.conv : 'inbox');
        return;
      }
      case 'gone':
        this.#cursors.forget(frame.stream);
        this.#live.delete(frame.stream);
        this.#tell(frame);
        return;
      default:
        this.#tell(frame); // ephemeral, or of a newer server: listeners take what they know
    }
  }

  #welcome(frame: Welcome): void {
    this.#welcomed = true;
    this.#attempt = 0;
    this.#retryAfter = null;
    this.#offset = frame.now - this.#clock.now();
    this.#watch(frame.heartbeat * 1000 * SILENCE);
    this.#you.value = frame.you;
    this.#state.value = 'online';
    this.#tell(frame);
    for (const { frame: unanswered } of this.#waiting.values()) this.#write(unanswered);
  }

  #beat(frame: Heartbeat): void {
    this.#offset = frame.now - this.#clock.now();
    this.#watch(frame.every * 1000 * SILENCE);
    this.#write({ t: 'beat', active: this.#active });
    for (const stream of this.#cursors.behind(frame.heads)) this.#subscribe(stream);
    this.#tell(frame);
  }

  #subscribed(id: string): void {
    const stream = this.#asked.get(id);
    if (stream === undefined) return;
    this.#asked.delete(id);
    this.#cursors.filled(stream);
  }

  #refused(frame: Nack): void {
    const stream = this.#asked.get(frame.id);
    if (stream !== undefined) {
      this.#unsubscribed(stream, frame);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    if (
      waiting &&
      frame.temporary &&
      waiting.frame.t !== 'rtc.offer' &&
      waiting.tries < MAX_TRIES
    ) {
      waiting.tries += 1;
      this.#clock.after((frame.retry_after ?? 1) * 1000, () => {
        if (this.#welcomed && this.#waiting.has(frame.id)) this.#write(waiting.frame);
      });
      return;
    }
    this.#settle(frame.id)?.reject(
      new Refused(frame.code, frame.message, frame.retry_after ?? null),
    );
  }

  #unsubscribed(stream: string, frame: Nack): void {
    this.#asked.delete(frame.id);
    this.#live.delete(stream);
    if (frame.temporary) {
      this.#clock.after((frame.retry_after ?? 1) * 1000, () => this.refresh(stream));
      return;
    }
    this.#cursors.forget(stream);
    this.#tell({ t: 'gone', stream, code: frame.code });
  }

  #lost(code: number): void {
    this.#drop();
    if (this.#state.value === 'idle') return;
    for (const [id, waiting] of this.#waiting) {
      if (waiting.frame.t !== 'rtc.offer') continue;
      this.#waiting.delete(id);
      waiting.reject(new Refused('disconnected'));
    }
    if (code >= 4000 && !RETRYABLE.has(code)) {
      this.#refuse(code);
      return;
    }
    this.#fresh = code === CLOSE_TOKEN_EXPIRED;
    this.#comeAgain();
  }

  #refuse(code: number): void {
    this.#refusal.value = code;
    this.#state.value = 'refused';
  }

  #comeAgain(): void {
    if (this.#state.value === 'idle') return;
    this.#state.value = 'offline';
    const jitter = reconnectDelay(this.#attempt, this.#clock.random(), this.#active);
    const delay = this.#fresh && this.#attempt === 0 ? 0 : (this.#retryAfter ?? jitter);
    this.#attempt += 1;
    this.#retryAfter = null;
    this.#cancelRetry = this.#clock.after(delay * 1000, () => void this.#connect());
  }

  /** Give the connection up when nothing tells of life for `ms`. */
  #watch(ms: number): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(ms, () => this.#lost(1006));
  }

  #drop(code?: number): void {
    this.#cancelWatch();
    this.#asked.clear();
    this.#live.clear();
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #leave(stream: string): void {
    if (!this.#live.delete(stream) || !this.#welcomed) return;
    this.#write({ t: 'unsubscribe', id: ulid(this.#clock.now()), stream });
  }

  /** Ask for a stream from where it stands. One that is open is left first, as the server wants. */
  #subscribe(stream: string): void {
    this.#leave(stream);
    const cursor = this.#cursors.get(stream);
    const id = ulid(this.#clock.now());
    this.#cursors.refill(stream);
    this.#asked.set(id, stream);
    this.#live.add(stream);
    this.#write({ t: 'subscribe', id, stream, cursor });
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #write(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #tell(frame: ServerFrame): void {
    for (const listener of [...this.#listeners]) listener(frame);
  }
}
