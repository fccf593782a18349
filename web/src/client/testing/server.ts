/** A clock that stands still until told, and the server's end of fake sockets: for tests only. */
import type { Clock } from '../clock.ts';
import { Connection, type Socket } from '../connection.ts';
import type { ClientFrame, Person, ServerFrame } from '../protocol.gen.ts';

export class FakeClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  random(): number {
    return 0.5;
  }

  /** Let `ms` pass, firing timers in order, and promises settle. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.fn();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Let everything that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

export class FakeSocket implements Socket {
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly got: ClientFrame[] = [];
  closed: number | undefined | null = null;

  send(data: string): void {
    this.got.push(JSON.parse(data) as ClientFrame);
  }

  close(code?: number): void {
    this.closed = code;
  }

  tell(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The frames of one type that have come, in order. */
  all<T extends ClientFrame['t']>(t: T): Extract<ClientFrame, { t: T }>[] {
    return this.got.filter((frame): frame is Extract<ClientFrame, { t: T }> => frame.t === t);
  }
}

export const VISITOR: Person = { id: 'v1', role: 'visitor' };
export const AGENT: Person = { id: 'a1', role: 'agent', name: 'Agent One' };

/** A connection whose server is the test. */
export class FakeServer {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly connection: Connection;
  readonly you: Person;
  token: (fresh: boolean) => Promise<string> = async () => 'token';

  constructor(you: Person = VISITOR) {
    this.you = you;
    this.connection = new Connection({
      url: 'ws://test/ws',
      token: (fresh) => this.token(fresh),
      clock: this.clock,
      socket: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  /** Accept the newest socket as far as `welcome`. */
  async welcome(): Promise<FakeSocket> {
    await settle();
    const { socket } = this;
    socket.onopen?.({});
    const now = this.clock.now() + 5_000;
    socket.tell({ t: 'welcome', session: 's1', you: this.you, heartbeat: 25, now });
    await settle();
    return socket;
  }
}
