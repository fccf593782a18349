/** A sharer against a server, a page and a conversation that are the test. */
import { signal } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '@/client/entries.ts';
import { type Command, type Draft, Refused } from '@/client/frames.ts';
import type { Ack, CobrowseState, ConversationState } from '@/client/protocol.gen.ts';
import { AGENT, FakeClock, settle } from '@/client/testing/server.ts';
import type { FrameToPage, PageToFrame, PageWords, SiteRules } from './bridge.ts';
import type { PagePort } from './pagelink.ts';
import { Sharing } from './sharing.ts';
import type { BinarySocket } from './socket.ts';
import type { ServerFrame, Viewer, Welcome } from './wire.gen.ts';

const RULES: SiteRules = { version: 'r1', mask: [], block: [], nocontrol: [], pause: [] };
const ANNA: Viewer = { id: 'w1', person: AGENT, colour: 0 };

class FakeSocket implements BinarySocket {
  bufferedAmount = 0;
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly texts: Record<string, unknown>[] = [];
  readonly binary: ArrayBuffer[] = [];
  closed: number | null | undefined = null;

  send(data: string | ArrayBuffer): void {
    if (typeof data === 'string') this.texts.push(JSON.parse(data));
    else this.binary.push(data);
  }

  close(code?: number): void {
    this.closed = code;
  }

  tell(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

class FakePort implements PagePort {
  onmessage: ((event: { data: PageToFrame }) => void) | null = null;
  readonly got: FrameToPage[] = [];
  closed = false;

  postMessage(message: FrameToPage): void {
    if (!this.closed) this.got.push(message);
  }

  close(): void {
    this.closed = true;
  }

  say(message: PageToFrame): void {
    this.onmessage?.({ data: message });
  }

  last<T extends FrameToPage['t']>(t: T): Extract<FrameToPage, { t: T }> | undefined {
    return this.got.findLast((it): it is Extract<FrameToPage, { t: T }> => it.t === t);
  }
}

/** One tab of a shopper, over its pages. */
class Tab {
  readonly clock = new FakeClock();
  readonly state = signal<ConversationState | null>(null);
  readonly entries = signal<Entry[]>([]);
  readonly sockets: FakeSocket[] = [];
  readonly ports: FakePort[] = [];
  readonly tokens: boolean[] = [];
  readonly sent: Draft<Command>[] = [];
  kept = new Map<string, unknown>();
  framed = false;
  reachable = true;
  answer: (command: Draft<Command>) => Promise<Partial<Ack>> = async () => ({});

  /** A page of the shop begins, with what the tab has kept. */
  open(): Sharing {
    return new Sharing({
      connection: {
        now: () => this.clock.now(),
        send: async (command) => {
          this.sent.push(command as Draft<Command>);
          return { t: 'ack', id: '1', ...(await this.answer(command as Draft<Command>)) } as Ack;
        },
      },
      thread: { state: this.state, entries: this.entries },
      page: () => ({ url: 'https://shop.example/tent', title: 'Tent' }),
      lang: 'en',
      keeping: {
        recall: <T>(key: string) => (this.kept.get(key) ?? null) as T | null,
        keep: (key, value) => {
          if (value === null) this.kept.delete(key);
          else this.kept.set(key, JSON.parse(JSON.stringify(value)));
        },
      },
      clock: this.clock,
      link: {
        open: () => {
          if (!this.reachable) return null;
          this.ports.push(new FakePort());
          return this.port;
        },
        rules: async () => RULES,
        words: {} as PageWords,
        framed: this.framed,
      },
      socket: {
        url: 'wss://test/ws/cobrowse',
        token: async (fresh) => {
          this.tokens.push(fresh);
          return 'token';
        },
        socket: () => {
          this.sockets.push(new FakeSocket());
          return this.socket;
        },
      },
    });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  get port(): FakePort {
    return this.ports.at(-1) as FakePort;
  }

  /** The conversation's state tells of this co-browsing, or of none. */
  now(cobrowse: Partial<CobrowseState> | null): void {
    const whole = cobrowse && { id: 'co1', by: AGENT, state: 'on' as const, ...cobrowse };
    this.state.value = {
      id: 'c1',
      state: 'active',
      visitor: {},
      lang: 'en',
      opened_at: 0,
      assignee: AGENT,
      cobrowse: whole,
    } as ConversationState;
  }

  async ready(): Promise<void> {
    await settle();
    this.port.say({ t: 'ready', page: { url: 'https://shop.example/tent' } });
    await settle();
  }

  async welcome(more: Partial<Welcome> = {}): Promise<void> {
    await settle();
    this.socket.onopen?.({});
    this.socket.tell({
      t: 'welcome',
      you: 'v1',
      epoch: 0,
      now: 0,
      ping: 10,
      resume: 'r1',
      ...more,
    });
    await settle();
  }

  all(t: string): Draft<Command>[] {
    return this.sent.filter((command) => command.t === t);
  }

  /** Asked by Anna, allowed, and seen by her. */
  async share(): Promise<Sharing> {
    this.answer = async () => ({ cobrowse: 'co1' });
    const sharing = this.open();
    this.now({ state: 'asked' });
    await this.ready();
    await sharing.allow();
    this.now({});
    await this.welcome({ viewers: [ANNA] });
    return sharing;
  }
}

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

describe('consent', () => {
  test('nothing is started, sent or connected before the shopper allows it', async () => {
    const sharing = tab.open();
    tab.now({ state: 'asked' });
    await tab.ready();
    expect(sharing.phase.value).toBe('asked');
    expect(sharing.ready.value).toBe(true);
    expect(tab.port.got.map(({ t }) => t)).toEqual(['prepare']);
    expect(tab.sent).toEqual([]);
    expect(tab.sockets).toEqual([]);
  });

  test('the consent names the words, the language and the rules that were shown', async () => {
    await tab.share();
    expect(tab.sent).toEqual([
      {
        t: 'cobrowse.start',
        conv: 'c1',
        consent: 'view-1',
        lang: 'en',
        masking: 'r1',
        cobrowse: 'co1',
      },
    ]);
    expect(tab.socket.texts[0]).toEqual({
      t: 'hello',
      v: 1,
      token: 'token',
      role: 'share',
      cobrowse: 'co1',
      resume: null,
      page: { url: 'https://shop.example/tent' },
    });
    expect(tab.port.got.slice(1)).toEqual([
      { t: 'start', epoch: 0 },
      { t: 'viewers', viewers: [ANNA] },
    ]);
  });

  test('a page that nothing is heard from in five seconds cannot be shown', async () => {
    const sharing = tab.open();
    tab.now({ state: 'asked' });
    await tab.clock.pass(4_999);
    expect(sharing.trouble.value).toBeNull();
    await tab.clock.pass(1);
    expect(sharing.trouble.value).toBe('unreachable');
    await sharing.allow();
    expect(tab.sent).toEqual([]);
    sharing.retry();
    await tab.ready();
    expect(tab.ports).toHaveLength(2);
    expect(sharing.ready.value).toBe(true);
  });

  test('a framed shop is not even asked', () => {
    tab.framed = true;
    const sharing = tab.open();
    tab.now({ state: 'asked' });
    expect(sharing.trouble.value).toBe('framed');
    expect(tab.ports).toEqual([]);
  });

  test('declining tells the server, and takes the page part away', async () => {
    const sharing = tab.open();
    tab.now({ state: 'asked' });
    await tab.ready();
    sharing.decline();
    expect(sharing.phase.value).toBe('idle');
    expect(tab.sent).toEqual([{ t: 'cobrowse.decline', conv: 'c1', cobrowse: 'co1' }]);
    expect(tab.port.got.at(-1)).toEqual({ t: 'stop' });
    expect(tab.port.closed).toBe(true);
  });

  test('what the shopper wishes by themselves is asked about, and names no question', async () => {
    tab.answer = async () => ({ cobrowse: 'co1' });
    const sharing = tab.open();
    tab.now(null);
    sharing.wish();
    expect(sharing.phase.value).toBe('wished');
    await tab.ready();
    await sharing.allow();
    expect(tab.sent[0]).not.toHaveProperty('cobrowse');
    expect(sharing.phase.value).toBe('on');
  });

  test('an acknowledgement before its event is no end', async () => {
    tab.answer = async () => ({ cobrowse: 'co1' });
    const sharing = tab.open();
    tab.now(null);
    sharing.wish();
    await tab.ready();
    await sharing.allow();
    await tab.welcome();
    tab.now(null); // something else happened in the conversation
    expect(sharing.phase.value).toBe('on');
    tab.now({});
    tab.now(null);
    expect(sharing.phase.value).toBe('idle');
  });

  test('a refused consent can be given again; one that another tab gave is left to it', async () => {
    const sharing = tab.open();
    tab.now({ state: 'asked' });
    await tab.ready();
    tab.answer = () => Promise.reject(new Refused('unavailable'));
    await sharing.allow();
    expect(sharing.failed.value).toBe(true);
    expect(sharing.phase.value).toBe('asked');
    tab.answer = () => Promise.reject(new Refused('cobrowse_exists'));
    await sharing.allow();
    expect(sharing.failed.value).toBe(false);
    tab.now({});
    expect(sharing.phase.value).toBe('elsewhere');
    expect(tab.port.closed).toBe(true);
    expect(tab.sockets).toEqual([]);
  });
});

describe('the line', () => {
  test('pictures pass through, and a full line holds them back until it has drained', async () => {
    await tab.share();
    tab.port.say({ t: 'data', data: picture(1, 1) });
    expect(tab.socket.binary).toHaveLength(1);
    tab.socket.bufferedAmount = 1_000_001;
    tab.port.say({ t: 'data', data: picture(2, 1) });
    expect(tab.port.last('choke')).toEqual({ t: 'choke', on: true });
    await tab.clock.pass(1_000);
    expect(tab.port.last('choke')).toEqual({ t: 'choke', on: true });
    tab.socket.bufferedAmount = 50_000;
    await tab.clock.pass(100);
    expect(tab.port.last('choke')).toEqual({ t: 'choke', on: false });
  });

  test('pointers and operations go to the page, answers go back, a ping is answered', async () => {
    await tab.share();
    const operate = { t: 'operate', id: 'o', grant: 'g', epoch: 1, op: 'click', node: 4 } as const;
    tab.socket.tell(operate);
    tab.socket.tell({ t: 'pointer', x: 1, y: 2, viewer: 'w1' });
    tab.socket.tell({ t: 'ping' });
    tab.port.say({ t: 'operated', id: 'o', code: 'no_grant' });
    expect(tab.port.got.slice(-2)).toEqual([operate, { t: 'pointer', x: 1, y: 2, viewer: 'w1' }]);
    expect(tab.socket.texts.slice(-2)).toEqual([
      { t: 'pong' },
      { t: 'operated', id: 'o', code: 'no_grant' },
    ]);
  });

  test('a lost line shows nobody, and returns with the newest token and what the page said', async () => {
    const sharing = await tab.share();
    const page = { t: 'page', page: { url: 'https://shop.example/tent' }, width: 9, height: 9 };
    tab.port.say(page as PageToFrame);
    tab.socket.onclose?.({ code: 1006 });
    expect(sharing.viewers.value).toEqual([]);
    expect(tab.port.last('viewers')).toEqual({ t: 'viewers', viewers: [] });
    expect(tab.port.last('sharing')).toEqual({ t: 'sharing', on: false });
    await tab.clock.pass(1_500);
    await tab.welcome({ viewers: [ANNA], resume: 'r2' });
    expect(tab.sockets).toHaveLength(2);
    expect(tab.socket.texts).toEqual([expect.objectContaining({ resume: 'r1' }), page]);
    expect(tab.port.got.filter(({ t }) => t === 'start')).toHaveLength(1);
    expect(tab.port.last('sharing')).toEqual({ t: 'sharing', on: true });
    expect(tab.port.last('viewers')).toEqual({ t: 'viewers', viewers: [ANNA] });
  });

  test('an expired token is renewed at once', async () => {
    await tab.share();
    tab.socket.onclose?.({ code: 4001 });
    await tab.clock.pass(0);
    expect(tab.tokens).toEqual([false, true]);
    expect(tab.sockets).toHaveLength(2);
  });

  test('silence for two pings is a lost line', async () => {
    const sharing = await tab.share();
    await tab.clock.pass(21_999);
    expect(sharing.connected.value).toBe(true);
    await tab.clock.pass(1);
    expect(sharing.connected.value).toBe(false);
    await tab.clock.pass(1_500);
    expect(tab.sockets).toHaveLength(2);
  });

  test('a line that another tab took is not fought for', async () => {
    const sharing = await tab.share();
    tab.socket.onclose?.({ code: 4004 });
    await tab.clock.pass(5_000);
    expect(sharing.phase.value).toBe('elsewhere');
    expect(tab.sockets).toHaveLength(1);
    expect(tab.kept.has('cobrowse')).toBe(false);
    expect(tab.port.closed).toBe(true);
  });

  test('viewers see a curtain where the page cannot be shown any more', async () => {
    await tab.share();
    tab.port.say({ t: 'trouble', why: 'too_large' });
    expect(tab.socket.texts.at(-1)).toEqual({ t: 'curtain', down: true, reason: 'page' });
  });
});

describe('the end', () => {
  test('what the shopper stopped in the page is over here at once, and told', async () => {
    const sharing = await tab.share();
    tab.port.say({ t: 'stopped' });
    expect(sharing.phase.value).toBe('idle');
    expect(sharing.ended.value?.reason).toBe('stopped');
    expect(tab.socket.closed).toBe(1000);
    expect(tab.kept.has('cobrowse')).toBe(false);
    expect(tab.all('cobrowse.end')).toEqual([{ t: 'cobrowse.end', conv: 'c1', cobrowse: 'co1' }]);
  });

  test('what the other side ended is taken away from the page', async () => {
    const sharing = await tab.share();
    tab.now(null);
    expect(sharing.phase.value).toBe('idle');
    expect(tab.port.got.at(-1)).toEqual({ t: 'stop' });
    expect(tab.socket.closed).toBe(1000);
    expect(tab.all('cobrowse.end')).toEqual([]);
  });

  test('another tab of the shopper only says that it is elsewhere, and may stop it', () => {
    const sharing = tab.open();
    tab.now({});
    expect(sharing.phase.value).toBe('elsewhere');
    expect(tab.ports).toEqual([]);
    sharing.stop();
    expect(sharing.phase.value).toBe('idle');
    expect(tab.all('cobrowse.end')).toHaveLength(1);
  });
});

describe('the next page', () => {
  test('goes on at once, above the newest epoch, before the conversation is known', async () => {
    await tab.share();
    tab.port.say({ t: 'data', data: picture(7, 1) });
    tab.state.value = null;
    const next = tab.open();
    expect(next.phase.value).toBe('on');
    await settle();
    tab.socket.onopen?.({});
    expect(tab.socket.texts[0]).toMatchObject({ cobrowse: 'co1', resume: 'r1' });
    await tab.ready();
    await tab.welcome({ epoch: 6, resume: 'r2', viewers: [ANNA] });
    expect(tab.port.got.slice(1)).toEqual([
      { t: 'start', epoch: 7 },
      { t: 'viewers', viewers: [ANNA] },
    ]);
  });

  test('finds out that it was ended meanwhile', async () => {
    await tab.share();
    tab.state.value = null;
    const next = tab.open();
    await tab.ready();
    tab.now(null);
    expect(next.phase.value).toBe('idle');
    expect(tab.port.closed).toBe(true);
    expect(tab.kept.has('cobrowse')).toBe(false);
  });

  test('begins behind the curtain that the shopper let down', async () => {
    await tab.share();
    tab.state.value = null;
    tab.open();
    await tab.ready();
    await tab.welcome({ curtain: { t: 'curtain', down: true, reason: 'shopper' } });
    const told = tab.port.got.slice(1).map(({ t }) => t);
    expect(told).toEqual(['curtain', 'start', 'viewers']);
    expect(tab.port.last('curtain')).toEqual({ t: 'curtain', reason: 'shopper' });
  });
});

describe('pausing', () => {
  test('the page holds back first, and goes on when the server has agreed', async () => {
    const sharing = await tab.share();
    sharing.pausing.pause();
    expect(tab.port.last('curtain')).toEqual({ t: 'curtain', reason: 'shopper' });
    expect(sharing.pausing.reason.value).toBe('shopper');
    expect(tab.sent.at(-1)).toMatchObject({ t: 'cobrowse.pause', reason: 'shopper' });
    tab.now({ state: 'paused', pause: 'shopper' });
    sharing.pausing.resume();
    expect(tab.sent.at(-1)).toMatchObject({ t: 'cobrowse.resume' });
    expect(tab.port.last('curtain')).toEqual({ t: 'curtain', reason: 'shopper' });
    tab.now({});
    expect(tab.port.last('curtain')).toEqual({ t: 'curtain', reason: null });
    expect(sharing.pausing.reason.value).toBeNull();
  });

  test('a page for paying pauses the conversation, and the next page resumes it', async () => {
    const sharing = await tab.share();
    tab.port.say({ t: 'curtain', down: true, reason: 'page' });
    expect(tab.sent.at(-1)).toMatchObject({ t: 'cobrowse.pause', reason: 'page' });
    expect(tab.socket.texts.at(-1)).toEqual({ t: 'curtain', down: true, reason: 'page' });
    expect(sharing.pausing.reason.value).toBe('page');
    tab.now({ state: 'paused', pause: 'page' });
    tab.port.say({ t: 'curtain', down: true, reason: 'hidden' });
    expect(tab.all('cobrowse.resume')).toHaveLength(0);
    tab.state.value = null;
    tab.open();
    await tab.ready();
    await tab.welcome({ viewers: [ANNA] });
    tab.now({ state: 'paused', pause: 'page' });
    expect(tab.all('cobrowse.resume')).toHaveLength(0);
    tab.port.say({ t: 'page', page: { url: 'https://shop.example/' }, width: 9, height: 9 });
    expect(tab.all('cobrowse.resume')).toHaveLength(1);
  });
});

describe('control', () => {
  async function give(): Promise<{ sharing: Sharing; id: string }> {
    const sharing = await tab.share();
    tab.now({ asked: { by: AGENT, caps: ['click', 'fill'] } });
    await sharing.control.give();
    const [command] = tab.all('cobrowse.control.grant');
    if (command?.t !== 'cobrowse.control.grant') throw new Error('no grant was sent');
    granted(command.grant);
    return { sharing, id: command.grant };
  }

  function granted(id: string, after = 600_000): void {
    const until = tab.clock.now() + after;
    tab.now({ grant: { id, agent: AGENT, caps: ['click', 'fill'], until } });
  }

  test('the page gets a grant that was given here, for the time that is left', async () => {
    const { sharing, id } = await give();
    expect(tab.all('cobrowse.control.grant')).toEqual([
      expect.objectContaining({ caps: ['click', 'fill'], consent: 'control-1', cobrowse: 'co1' }),
    ]);
    expect(tab.port.last('grant')?.grant).toEqual({
      id,
      name: 'Agent One',
      caps: ['click', 'fill'],
      left: 600_000,
    });
    expect(tab.port.got.filter(({ t }) => t === 'grant')).toHaveLength(1);
    expect(sharing.control.grant.value?.id).toBe(id);
  });

  test('a grant that was not given here never reaches the page', async () => {
    const sharing = await tab.share();
    granted('of-somebody-else');
    expect(tab.port.last('grant')).toBeUndefined();
    expect(sharing.control.grant.value).toBeNull();
    expect(tab.all('cobrowse.control.release')).toHaveLength(1);
  });

  test('taking it back tells the page before the server, and is seen at once', async () => {
    const { sharing, id } = await give();
    sharing.control.takeBack();
    expect(tab.port.last('grant')).toEqual({ t: 'grant', grant: null });
    expect(sharing.control.grant.value).toBeNull();
    expect(tab.all('cobrowse.control.release')).toEqual([
      expect.objectContaining({ grant: id, expired: false }),
    ]);
    granted(id); // anything else happens before the release is known
    expect(tab.port.last('grant')).toEqual({ t: 'grant', grant: null });
  });

  test('what ran out in the page is released as expired, once', async () => {
    const { id } = await give();
    tab.port.say({ t: 'released', grant: id, expired: true });
    tab.port.say({ t: 'released', grant: id, expired: true });
    expect(tab.all('cobrowse.control.release')).toEqual([
      expect.objectContaining({ grant: id, expired: true }),
    ]);
  });

  test('the server releasing it takes it from the page', async () => {
    await give();
    tab.now({});
    expect(tab.port.last('grant')).toEqual({ t: 'grant', grant: null });
  });

  test('the next page has it within thirty seconds', async () => {
    const { id } = await give();
    await tab.clock.pass(60_000);
    tab.sockets.length = 0;
    const { value } = tab.state;
    tab.state.value = null;
    const next = tab.open();
    await tab.ready();
    await tab.welcome({ viewers: [ANNA] });
    expect(tab.port.last('grant')).toBeUndefined(); // whether it still holds is not known yet
    tab.state.value = value;
    expect(tab.port.last('grant')?.grant?.id).toBe(id);
    expect(next.control.grant.value?.id).toBe(id);
  });

  test('a page that comes later than that does not, and gives it back', async () => {
    const { id } = await give();
    const kept = new Map(tab.kept);
    await tab.clock.pass(30_001);
    tab.kept = kept; // as it was when the page before went away
    tab.state.value = null;
    tab.open();
    await tab.ready();
    await tab.welcome({ viewers: [ANNA] });
    granted(id);
    expect(tab.port.last('grant')).toBeUndefined();
    expect(tab.all('cobrowse.control.release')).toEqual([expect.objectContaining({ grant: id })]);
  });

  test('a wish that was taken back under the click leaves nothing', async () => {
    const sharing = await tab.share();
    tab.now({ asked: { by: AGENT, caps: ['scroll'] } });
    tab.answer = () => Promise.reject(new Refused('forbidden'));
    await sharing.control.give();
    expect(tab.kept.get('cobrowse')).toMatchObject({ grant: null });
  });
});

/** A binary frame with an epoch; only its head is read here. */
function picture(epoch: number, kind: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint32(4, epoch);
  return view.buffer;
}
