/**
 * The sharer's own WebSocket, `/ws/cobrowse`, which heals itself; knows no DOM.
 *
 *   idle ──start──► lost ──welcome──► open ──lost──► lost ──welcome──► open
 *                     └──── the server lets us in no more ────► refused
 *
 * It comes back quickly, as a call does: after 30 s without its sharer the co-browsing is over.
 * A page's pictures can fill the line, so the page is told to hold them while much is unsent.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { ApiError } from '@/client/api.ts';
import { reconnectDelay } from '@/client/backoff.ts';
import type { Clock } from '@/client/clock.ts';
import {
  CLOSE_DRAINING,
  CLOSE_TOKEN_EXPIRED,
  CLOSE_TOO_SLOW,
  type Page,
} from '@/client/protocol.gen.ts';
import { type ClientFrame, type ServerFrame, VERSION, type Welcome } from './wire.gen.ts';

const WELCOME_TIMEOUT = 10_000; // ms from the attempt to `welcome`
const SILENCE = 2.2; // pings that may be missed, and a little for the way
const FULL = 1_000_000; // bytes unsent from which the page holds its pictures back
const DRAINED = 100_000; // bytes unsent below which it goes on
const LOOK = 100; // ms between looks at a full line; no event tells that it has drained
const FIRST_OWN = 4000; // close codes from here on are the server's words
const POLICY = 1008; // broken frames, again and again
const RETRYABLE = new Set([CLOSE_TOKEN_EXPIRED, CLOSE_TOO_SLOW, CLOSE_DRAINING]);

/** The part of a WebSocket that is used here. */
export interface BinarySocket {
  readonly bufferedAmount: number;
  send(data: string | ArrayBuffer): void;
  close(code?: number): void;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export type SocketState = 'idle' | 'lost' | 'open' | 'refused';

export interface SharerSocketOptions {
  url: string;
  /** Gives the session's token; `fresh` when the last one was refused. ApiError 4xx: no session. */
  token: (fresh: boolean) => Promise<string>;
  /** What the hello says; asked anew for each attempt. */
  hello: () => { cobrowse: string; resume: string | null; page: Page | null };
  welcome: (frame: Welcome) => void;
  /** Everything after the welcome but pings. */
  receive: (frame: Exclude<ServerFrame, { t: 'welcome' | 'ping' | 'bye' }>) => void;
  /** Much is unsent (true), or gone again (false). */
  choke: (on: boolean) => void;
  clock: Clock;
  socket: (url: string) => BinarySocket;
}

export class SharerSocket {
  readonly #o: SharerSocketOptions;
  readonly #state = signal<SocketState>('idle');
  #socket: BinarySocket | null = null;
  #attempt = 0;
  #fresh = false;
  #choked = false;
  #retryAfter: number | null = null;
  #cancelWatch: () => void = () => {};
  #cancelTimer: () => void = () => {}; // of the next attempt, or of the look at a full line
  #silence = WELCOME_TIMEOUT;

  constructor(options: SharerSocketOptions) {
    this.#o = options;
  }

  get state(): ReadonlySignal<SocketState> {
    return this.#state;
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    if (this.#state.value !== 'idle') return;
    this.#state.value = 'lost';
    void this.#connect();
  }

  /** Try again at once: the network came back, or the page is looked at again. */
  wake(): void {
    if (this.#state.value === 'lost' && !this.#socket) void this.#connect();
  }

  stop(): void {
    this.#state.value = 'idle';
    this.#drop(1000);
  }

  /** Send a frame that means nothing later: without an open line it is dropped. */
  send(frame: ClientFrame): void {
    if (this.#state.value === 'open') this.#socket?.send(JSON.stringify(frame));
  }

  /** Send one whole binary frame. Dropped without an open line; the next snapshot mends that. */
  sendData(data: ArrayBuffer): void {
    const socket = this.#socket;
    if (this.#state.value !== 'open' || !socket) return;
    socket.send(data);
    if (this.#choked || socket.bufferedAmount <= FULL) return;
    this.#choked = true;
    this.#o.choke(true);
    this.#look();
  }

  #look(): void {
    this.#cancelTimer = this.#o.clock.after(LOOK, () => {
      if ((this.#socket?.bufferedAmount ?? 0) > DRAINED) this.#look();
      else this.#unchoke();
    });
  }

  #unchoke(): void {
    if (!this.#choked) return;
    this.#choked = false;
    this.#o.choke(false);
  }

  async #connect(): Promise<void> {
    this.#cancelTimer();
    const attempt = this.#attempt;
    let token: string;
    try {
      token = await this.#o.token(this.#fresh);
    } catch (error) {
      if (this.#state.value !== 'lost' || attempt !== this.#attempt) return;
      if (error instanceof ApiError && error.final) this.#refuse();
      else this.#comeAgain();
      return;
    }
    if (this.#state.value !== 'lost' || this.#socket) return;
    this.#fresh = false;
    const socket = this.#o.socket(this.#o.url);
    this.#socket = socket;
    this.#silence = WELCOME_TIMEOUT;
    this.#watch();
    socket.onopen = () => {
      const hello: ClientFrame = {
        t: 'hello',
        v: VERSION,
        token,
        role: 'share',
        ...this.#o.hello(),
      };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === 'string') {
        this.#receive(JSON.parse(data) as ServerFrame);
      }
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === 'welcome') {
      this.#attempt = 0;
      this.#retryAfter = null;
      this.#silence = frame.ping * 1000 * SILENCE;
      this.#state.value = 'open';
      this.#o.welcome(frame);
    } else if (frame.t === 'ping') this.send({ t: 'pong' });
    else if (frame.t === 'bye') this.#retryAfter = frame.retry_after ?? null;
    else if (this.#state.value === 'open') this.#o.receive(frame);
    if (this.#socket) this.#watch();
  }

  #lost(code: number): void {
    this.#drop();
    if (this.#state.value === 'idle') return;
    if (code === POLICY || (code >= FIRST_OWN && !RETRYABLE.has(code))) this.#refuse();
    else {
      this.#fresh = code === CLOSE_TOKEN_EXPIRED;
      this.#comeAgain();
    }
  }

  #refuse(): void {
    this.#state.value = 'refused';
  }

  #comeAgain(): void {
    this.#state.value = 'lost';
    const jitter = reconnectDelay(this.#attempt, this.#o.clock.random(), true);
    const delay = this.#fresh && this.#attempt === 0 ? 0 : (this.#retryAfter ?? jitter);
    this.#attempt += 1;
    this.#retryAfter = null;
    this.#cancelTimer();
    this.#cancelTimer = this.#o.clock.after(delay * 1000, () => void this.#connect());
  }

  /** Give the line up when nothing tells of life. */
  #watch(): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#o.clock.after(this.#silence, () => this.#lost(1006));
  }

  #drop(code?: number): void {
    this.#cancelWatch();
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    this.#unchoke();
  }
}
