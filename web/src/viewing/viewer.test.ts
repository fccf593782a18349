import { describe, expect, it } from 'vitest';
import { ApiError } from '@/client/api.ts';
import type { CobrowseGrant } from '@/client/protocol.gen.ts';
import { FakeClock, settle } from '@/client/testing/server.ts';
import type { ClientFrame, ServerFrame, Welcome } from '@/cobrowse/wire.gen.ts';
import type { FromPlayer, PlayerWords, ToPlayer } from '@/player/port.ts';
import { en } from './strings.en.ts';
import { type Place, type PlayerPort, ViewerClient } from './viewer.ts';
import type { BinarySocket } from './wire.ts';

const SNAPSHOT = 1;
const DELTA = 2;
const GRANT: CobrowseGrant = {
  id: 'g1',
  agent: { id: 'a1', role: 'agent' },
  caps: ['scroll', 'click'],
  until: 9,
};

function picture(kind: number, mark: number): ArrayBuffer {
  return new Uint8Array([1, kind, 0, mark]).buffer;
}

class Socket implements BinarySocket {
  binaryType: BinaryType = 'blob';
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
  show(data: ArrayBuffer): void {
    this.onmessage?.({ data });
  }
  all<T extends ClientFrame['t']>(t: T): Extract<ClientFrame, { t: T }>[] {
    return this.got.filter((frame): frame is Extract<ClientFrame, { t: T }> => frame.t === t);
  }
}

class Player implements PlayerPort {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly got: ToPlayer[] = [];
  closed = false;

  postMessage(message: ToPlayer, transfer?: Transferable[]): void {
    this.got.push(structuredClone(message, { transfer: transfer ?? [] }));
  }
  close(): void {
    this.closed = true;
  }
  say(message: FromPlayer | { t: string }): void {
    this.onmessage?.({ data: message });
  }
  all<T extends ToPlayer['t']>(t: T): Extract<ToPlayer, { t: T }>[] {
    return this.got.filter((message): message is Extract<ToPlayer, { t: T }> => message.t === t);
  }
  /** The marks of the pictures that have come, in order. */
  get pictures(): number[] {
    return this.all('data').map(({ data }) => new DataView(data).getUint8(3));
  }
}

class Bench {
  readonly clock = new FakeClock();
  readonly sockets: Socket[] = [];
  readonly client: ViewerClient;
  readonly tokens: boolean[] = [];
  place: () => Promise<Place> = async () => ({ player: 'http://p', images: 'http://p/i?k=1' });
  token: () => Promise<string> = async () => 'token';

  constructor() {
    this.client = new ViewerClient({
      url: 'ws://test/ws/cobrowse',
      cobrowse: 'c1',
      token: (fresh) => {
        this.tokens.push(fresh);
        return this.token();
      },
      place: () => this.place(),
      clock: this.clock,
      socket: () => {
        const socket = new Socket();
        this.sockets.push(socket);
        return socket;
      },
    });
    this.client.speak(en.player as PlayerWords, 'en');
  }

  get socket(): Socket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  async welcome(with_: Partial<Welcome> = {}): Promise<Socket> {
    await settle();
    const { socket } = this;
    socket.onopen?.({});
    socket.tell({ t: 'welcome', you: 'w1', epoch: 0, now: 0, ping: 5, sharing: true, ...with_ });
    await settle();
    return socket;
  }

  /** A view with its player, as it is when everything went well. */
  async open(): Promise<{ socket: Socket; player: Player }> {
    this.client.start();
    const socket = await this.welcome();
    const player = new Player();
    this.client.attach(player);
    return { socket, player };
  }
}

describe('the way to a picture', () => {
  it('says hello as a viewer, and takes binary as buffers', async () => {
    const bench = new Bench();
    bench.client.start();
    const socket = await bench.welcome();
    expect(socket.got[0]).toEqual({
      t: 'hello',
      v: 1,
      token: 'token',
      cobrowse: 'c1',
      role: 'view',
    });
    expect(socket.binaryType).toBe('arraybuffer');
    expect(bench.client.state.value).toBe('online');
    expect(bench.client.place.value?.player).toBe('http://p');
  });

  it('begins with a player only when it knows who it is and where images are', async () => {
    const bench = new Bench();
    const player = new Player();
    bench.client.start();
    await settle();
    bench.client.attach(player);
    expect(player.got).toEqual([]);
    await bench.welcome({ curtain: { t: 'curtain', down: true, reason: 'page' } });
    expect(player.got.map(({ t }) => t)).toEqual([
      'begin',
      'viewers',
      'sharing',
      'curtain',
      'tool',
    ]);
    expect(player.all('begin')[0]).toMatchObject({
      you: 'w1',
      images: 'http://p/i?k=1',
      lang: 'en',
    });
    expect(player.all('curtain')[0]).toEqual({ t: 'curtain', down: true, reason: 'page' });
    expect(bench.client.ready.value).toBe(true);
  });

  it('keeps what comes before the player, from the newest snapshot on', async () => {
    const bench = new Bench();
    bench.client.start();
    const socket = await bench.welcome();
    socket.show(picture(SNAPSHOT, 1));
    socket.show(picture(DELTA, 2));
    socket.show(picture(SNAPSHOT, 3));
    socket.show(picture(DELTA, 4));
    const player = new Player();
    bench.client.attach(player);
    socket.show(picture(DELTA, 5));
    expect(player.pictures).toEqual([3, 4, 5]);
    expect(socket.all('resync')).toEqual([]);
  });

  it('gives pictures away instead of copying them', async () => {
    const { socket } = await new Bench().open();
    const data = picture(SNAPSHOT, 1);
    socket.show(data);
    expect(data.byteLength).toBe(0);
  });

  it('asks for a snapshot for a player that was loaded anew', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    const next = new Player();
    bench.client.attach(next);
    expect(player.closed).toBe(true);
    expect(next.all('begin')).toHaveLength(1);
    expect(socket.all('resync')).toHaveLength(1);
    player.say({ t: 'resync' });
    expect(socket.all('resync')).toHaveLength(1);
  });

  it('fails when no player comes, and can be started again', async () => {
    const bench = new Bench();
    bench.client.start();
    const socket = await bench.welcome();
    for (let beat = 0; beat < 4; beat += 1) {
      socket.tell({ t: 'ping' });
      await bench.clock.pass(5_000);
    }
    expect(bench.client.failed.value).toBe(true);
    expect(bench.client.place.value).toBeNull();
    bench.client.start();
    await settle();
    expect(bench.client.failed.value).toBe(false);
    expect(bench.client.place.value?.player).toBe('http://p');
  });

  it('fails when it gets no ticket', async () => {
    const bench = new Bench();
    bench.place = async () => {
      throw new ApiError(0, 'network', 'gone');
    };
    bench.client.start();
    await settle();
    expect(bench.client.failed.value).toBe(true);
  });
});

describe('the connection', () => {
  it('answers pings, and gives a silent server up', async () => {
    const bench = new Bench();
    const { socket } = await bench.open();
    socket.tell({ t: 'ping' });
    expect(socket.all('pong')).toHaveLength(1);
    await bench.clock.pass(11_000);
    expect(bench.client.state.value).toBe('offline');
    expect(bench.sockets).toHaveLength(1);
    await bench.clock.pass(1_500);
    expect(bench.sockets).toHaveLength(2);
  });

  it('lives on pictures alone', async () => {
    const bench = new Bench();
    const { socket } = await bench.open();
    for (let n = 1; n <= 4; n += 1) {
      await bench.clock.pass(8_000);
      socket.show(picture(DELTA, n));
    }
    expect(bench.client.state.value).toBe('online');
  });

  it('comes again to the same player, and lets go of pictures of the connection before', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    socket.onclose?.({ code: 1006 });
    expect(bench.client.state.value).toBe('offline');
    await bench.clock.pass(1_500);
    const next = await bench.welcome({ viewers: [{ id: 'w1', person: GRANT.agent, colour: 2 }] });
    socket.show(picture(DELTA, 9));
    next.show(picture(SNAPSHOT, 1));
    expect(player.pictures).toEqual([1]);
    expect(player.all('begin')).toHaveLength(1);
    expect(player.all('viewers').at(-1)?.viewers[0]?.colour).toBe(2);
  });

  it('comes again at once when the network is back', async () => {
    const bench = new Bench();
    const { socket } = await bench.open();
    socket.onclose?.({ code: 1006 });
    bench.client.wake();
    await bench.welcome();
    expect(bench.sockets).toHaveLength(2);
    expect(bench.client.state.value).toBe('online');
    await bench.clock.pass(2_000);
    expect(bench.sockets).toHaveLength(2);
  });

  it('gets a fresh token at once when its own is over', async () => {
    const bench = new Bench();
    const { socket } = await bench.open();
    socket.onclose?.({ code: 4001 });
    await bench.clock.pass(0);
    expect(bench.tokens).toEqual([false, true]);
  });

  it('waits as long as the server asks for', async () => {
    const bench = new Bench();
    const { socket } = await bench.open();
    socket.tell({ t: 'bye', code: 4012, reason: 'draining', retry_after: 4 });
    socket.onclose?.({ code: 4012 });
    await bench.clock.pass(3_900);
    expect(bench.sockets).toHaveLength(1);
    await bench.clock.pass(200);
    expect(bench.sockets).toHaveLength(2);
  });

  it('tells why it was refused, and comes again only when it is asked to', async () => {
    const bench = new Bench();
    bench.client.start();
    await settle();
    const { socket } = bench;
    socket.onopen?.({});
    socket.tell({ t: 'bye', code: 4003, reason: 'full' });
    socket.onclose?.({ code: 4003 });
    expect(bench.client.state.value).toBe('refused');
    expect(bench.client.refusal.value).toBe('full');
    await bench.clock.pass(60_000);
    expect(bench.sockets).toHaveLength(1);
    bench.client.start();
    await bench.welcome();
    expect(bench.client.state.value).toBe('online');
    expect(bench.client.refusal.value).toBeNull();
  });

  it('is refused where there is no session', async () => {
    const bench = new Bench();
    bench.token = async () => {
      throw new ApiError(401, 'signed_out', 'sign in');
    };
    bench.client.start();
    await settle();
    expect(bench.client.state.value).toBe('refused');
    expect(bench.client.refusal.value).toBe('signed_out');
  });

  it('says nothing after it was disposed of', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    bench.client.dispose();
    expect(socket.closed).toBe(1000);
    expect(player.closed).toBe(true);
    await bench.clock.pass(60_000);
    expect(bench.sockets).toHaveLength(1);
  });
});

describe('what is shown and drawn', () => {
  it('tells of page, curtain, masked, sharing and viewers', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    const { client } = bench;
    socket.tell({ t: 'page', page: { url: 'http://s/cart', title: 'Cart' }, width: 9, height: 8 });
    socket.tell({ t: 'masked', fields: 3 });
    socket.tell({ t: 'curtain', down: true, reason: 'shopper' });
    socket.tell({ t: 'sharing', on: false });
    expect(client.page.value?.page.title).toBe('Cart');
    expect(client.masked.value?.fields).toBe(3);
    expect(client.curtain.value?.reason).toBe('shopper');
    expect(client.sharing.value).toBe(false);
    expect(player.all('curtain').at(-1)).toEqual({ t: 'curtain', down: true, reason: 'shopper' });
    expect(player.all('sharing').at(-1)).toEqual({ t: 'sharing', on: false });
  });

  it('passes marks and acknowledgements both ways', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    player.say({ t: 'shown', epoch: 2, seq: 7 });
    player.say({ t: 'pointer', x: 1, y: 2 });
    player.say({ t: 'stroke', stroke: 's1', points: [[1, 2]], end: true });
    player.say({ t: 'highlight', node: 5 });
    expect(socket.got.slice(1)).toEqual([
      { t: 'shown', epoch: 2, seq: 7 },
      { t: 'pointer', x: 1, y: 2 },
      { t: 'stroke', stroke: 's1', points: [[1, 2]], end: true },
      { t: 'highlight', node: 5 },
    ]);
    socket.tell({ t: 'pointer', x: 3, y: 4, viewer: 'w2' });
    expect(player.all('pointer')).toEqual([{ t: 'pointer', x: 3, y: 4, viewer: 'w2' }]);
  });

  it('wipes its own marks here and there', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    bench.client.clear();
    expect(socket.all('clear')).toEqual([{ t: 'clear' }]);
    expect(player.all('clear')).toEqual([{ t: 'clear', viewer: 'w1' }]);
  });

  it('keeps what the player says of size and scrolling', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    player.say({ t: 'size', width: 1280, height: 720, scale: 0.5 });
    player.say({ t: 'follow', on: false });
    expect(bench.client.size.value).toEqual({ t: 'size', width: 1280, height: 720, scale: 0.5 });
    expect(bench.client.follow.value).toBe(false);
    bench.client.setFollow(true);
    expect(player.all('follow').at(-1)).toEqual({ t: 'follow', on: true });
    expect(socket.got).toHaveLength(1);
  });
});

it('puts a tool away that was put away in the player', async () => {
  const bench = new Bench();
  const { socket, player } = await bench.open();
  bench.client.choose('pen');
  player.say({ t: 'tool', tool: 'none' });
  expect(bench.client.tool.value).toBe('none');
  expect(socket.got).toHaveLength(1);
});

describe('control', () => {
  const click = { t: 'operate', epoch: 1, op: 'click', node: 4, fx: 0.5, fy: 0.5 } as const;

  it('takes the tool in hand with a grant, and out of it with its end', async () => {
    const bench = new Bench();
    const { player } = await bench.open();
    bench.client.choose('control');
    expect(bench.client.tool.value).toBe('none');
    bench.client.setGrant(GRANT);
    expect(player.all('tool').at(-1)).toEqual({ t: 'tool', tool: 'control', caps: GRANT.caps });
    bench.client.setGrant(null);
    expect(player.all('tool').at(-1)).toEqual({ t: 'tool', tool: 'none', caps: [] });
  });

  it('leaves another tool in hand when a grant ends', async () => {
    const bench = new Bench();
    await bench.open();
    bench.client.setGrant(GRANT);
    bench.client.choose('pen');
    bench.client.setGrant(null);
    expect(bench.client.tool.value).toBe('pen');
  });

  it('sends nothing without a grant, and nothing that the grant does not cover', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    player.say(click);
    bench.client.setGrant(GRANT);
    player.say({ ...click, op: 'fill', value: 'x' });
    expect(socket.all('operate')).toEqual([]);
  });

  it('adds the grant and an id, and tells what became of it', async () => {
    const bench = new Bench();
    const { socket, player } = await bench.open();
    bench.client.setGrant(GRANT);
    player.say(click);
    const [sent] = socket.all('operate');
    expect(sent).toMatchObject({ ...click, grant: 'g1' });
    socket.tell({ t: 'operated', id: 'of another', code: 'done' });
    expect(bench.client.outcome.value).toBeNull();
    socket.tell({ t: 'operated', id: sent?.id ?? '', code: 'sensitive' });
    expect(bench.client.outcome.value).toMatchObject({ op: 'click', code: 'sensitive' });
  });
});
