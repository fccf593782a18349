/**
 * A viewer's `/ws/cobrowse`, which heals itself; knows no DOM and no player.
 *
 *   idle ──start──► connecting ──welcome──► online ──lost──► offline ──welcome──► online
 *                        └──── terminal close, no session ────────► refused
 *
 * Nothing is kept across connections: what a viewer says is either repeated by the next thing
 * they do or worthless by then, and the server takes a new snapshot for whoever comes (again).
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { ApiError } from '@/client/api.ts';
import { reconnectDelay } from '@/client/backoff.ts';
import type { Clock } from '@/client/clock.ts';
import type { Socket } from '@/client/connection.ts';
import { CLOSE_DRAINING, CLOSE_TOKEN_EXPIRED, CLOSE_TOO_SLOW } from '@/client/protocol.gen.ts';
import { type ClientFrame, type ServerFrame, VERSION, type Welcome } from '@/cobrowse/wire.gen.ts';

const WELCOME_TIMEOUT = 10_000; // ms from the attempt to `welcome`
const SILENCE = 2.2; // pings that may be missed, and a little for the way
const RETRYABLE = new Set([CLOSE_TOKEN_EXPIRED, CLOSE_TOO_SLOW, CLOSE_DRAINING]);

export type WireState = 'idle' | 'connecting' | 'online' | 'offline' | 'refused';

/** The part of a WebSocket that is used here. */
export interface BinarySocket extends Socket {
  binaryType: BinaryType;
}

export interface WireOptions {
  url: string;
  cobrowse: string;
  /** Gives the session's token; `fresh` when the last one was refused. ApiError 4xx: no session. */
  token: (fresh: boolean) => Promise<string>;
  clock: Clock;
  socket: (url: string) => BinarySocket;
  /** Everything but what keeps the connection itself. */
  frame: (frame: ServerFrame) => void;
  data: (data: ArrayBuffer) => void;
}

export class Wire {
  readonly #options: WireOptions;
  readonly #state = signal<WireState>('idle');
  readonly #refusal = signal<string | null>(null);
  #socket: BinarySocket | null = null;
  #welcomed = false;
  #attempt = 0;
  #fresh = false;
  #reason: string | null = null;
  #retryAfter: number | null = null;
  #cancelWatch: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #silence = WELCOME_TIMEOUT;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  get state(): ReadonlySignal<WireState> {
    return this.#state;
  }

  /** The server's word for why it is over, or the code, in state `refused`. */
  get refusal(): ReadonlySignal<string | null> {
    return this.#refusal;
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    if (this.#state.value !== 'idle' && this.#state.value !== 'refused') return;
    this.#state.value = 'connecting';
    this.#refusal.value = null;
    this.#attempt = 0;
    void this.#connect();
  }

  /** Try again at once: the network came back, or somebody asks for it. */
  wake(): void {
    if (this.#state.value !== 'offline' || this.#socket) return;
    this.#cancelRetry();
    void this.#connect();
  }

  stop(): void {
    this.#state.value = 'idle';
    this.#drop(1000);
    this.#cancelRetry();
  }

  /** Say something, if there is somebody to say it to. */
  send(frame: ClientFrame): boolean {
    if (this.#welcomed) this.#socket?.send(JSON.stringify(frame));
    return this.#welcomed;
  }

  async #connect(): Promise<void> {
    const { url, token: tokens, cobrowse } = this.#options;
    let token: string;
    try {
      token = await tokens(this.#fresh);
    } catch (error) {
      if (error instanceof ApiError && error.final) this.#refuse(error.code);
      else this.#comeAgain();
      return;
    }
    if (this.#state.value === 'idle' || this.#socket) return;
    this.#fresh = false;
    this.#reason = null;
    const socket = this.#options.socket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#silence = WELCOME_TIMEOUT;
    this.#watch();
    socket.onopen = () => {
      const hello: ClientFrame = { t: 'hello', v: VERSION, token, cobrowse, role: 'view' };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  #receive(data: unknown): void {
    this.#watch(); // a picture tells of life as a ping does
    if (data instanceof ArrayBuffer) {
      this.#options.data(data);
      return;
    }
    const frame = JSON.parse(String(data)) as ServerFrame;
    switch (frame.t) {
      case 'welcome':
        this.#welcome(frame);
        return;
      case 'ping':
        this.send({ t: 'pong' });
        return;
      case 'bye':
        this.#reason = frame.reason;
        this.#retryAfter = frame.retry_after ?? null;
        return;
      default:
        this.#options.frame(frame);
    }
  }

  #welcome(frame: Welcome): void {
    this.#welcomed = true;
    this.#attempt = 0;
    this.#retryAfter = null;
    this.#silence = frame.ping * 1000 * SILENCE;
    this.#watch();
    this.#options.frame(frame);
    this.#state.value = 'online';
  }

  #lost(code: number): void {
    this.#drop();
    if (this.#state.value === 'idle') return;
    if (code >= 4000 && !RETRYABLE.has(code)) {
      this.#refuse(this.#reason ?? String(code));
      return;
    }
    this.#fresh = code === CLOSE_TOKEN_EXPIRED;
    this.#comeAgain();
  }

  #refuse(reason: string): void {
    this.#refusal.value = reason;
    this.#state.value = 'refused';
  }

  #comeAgain(): void {
    if (this.#state.value === 'idle') return;
    this.#state.value = 'offline';
    // As quick as a call: somebody is looking at a page that has stopped.
    const jitter = reconnectDelay(this.#attempt, this.#options.clock.random(), true);
    const delay = this.#fresh && this.#attempt === 0 ? 0 : (this.#retryAfter ?? jitter);
    this.#attempt += 1;
    this.#retryAfter = null;
    this.#cancelRetry = this.#options.clock.after(delay * 1000, () => void this.#connect());
  }

  /** Give the connection up when nothing tells of life for as long as it may be silent. */
  #watch(): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#options.clock.after(this.#silence, () => this.#lost(1006));
  }

  #drop(code?: number): void {
    this.#cancelWatch();
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }
}
