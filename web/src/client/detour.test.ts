import { beforeEach, describe, expect, it } from 'vitest';
import { Detour, type DirectFrame, type DirectSaid } from './detour.ts';
import { directIce, preferRepeated, readNote } from './direct.ts';
import type { Source } from './negotiation.ts';
import type { Remote } from './peer.ts';
import { FakeTrack, ManualClock, Network } from './testing/pair.ts';

const ATTEMPT = 1_700_000_000_000;

const track = (kind: string): MediaStreamTrack =>
  new FakeTrack(kind) as unknown as MediaStreamTrack;

/** One of the two: a detour, what it sends, and what it would get through the server. */
class End {
  readonly said: DirectSaid[] = [];
  readonly detour: Detour;
  readonly remotes: Remote[];
  other: End | null = null;
  /** Whether the server brings what the other sends through it. */
  served = true;
  changes = 0;
  #counted = 0;

  constructor(name: string, clock: ManualClock) {
    this.detour = new Detour({
      rtc: {
        createPeer: () => network.create(), // the one of the attempt that begins
        audioCodecs: () => [],
        videoCodecs: () => [],
        createStream: () => ({}) as MediaStream,
      },
      clock,
      ice: () => ({}),
      say: (said) => this.#says(said),
      serverStats: async () => this.#figures() as unknown as RTCStatsReport,
      changed: () => {
        this.changes += 1;
      },
    });
    this.remotes = (['audio', 'camera'] as const).map((source) => ({
      publication: { id: `${name}:${source}`, participant: 'other', source },
      track: track(source === 'audio' ? 'audio' : 'video'),
    }));
    const sends: [Source, MediaStreamTrack][] = [
      ['audio', track('audio')],
      ['camera', track('video')],
    ];
    this.detour.send(new Map(sends));
  }

  get played(): readonly Remote[] {
    return this.detour.from(this.remotes);
  }

  /** Whether all that is played comes directly; null: some of it. */
  get direct(): boolean | null {
    const ours = new Set(this.remotes.map((one) => one.track));
    const many = this.played.filter((one) => !ours.has(one.track)).length;
    return many === 0 ? false : many === this.remotes.length ? true : null;
  }

  get reports(): string[] {
    return this.said.flatMap((one) => (one.t === 'direct.report' ? [one.state] : []));
  }

  /** What comes through the server grows as long as the other sends it there. */
  #figures(): Map<string, unknown> {
    if (this.served && this.other?.detour.viaServer) this.#counted += 10;
    const much = this.#counted;
    return new Map(
      this.remotes.map(({ track: { id, kind } }) => [
        id,
        {
          type: 'inbound-rtp',
          kind,
          trackIdentifier: id,
          packetsReceived: much,
          framesDecoded: much,
          jitterBufferEmittedCount: 960 * much,
        },
      ]),
    );
  }

  #says(said: DirectSaid): void {
    this.said.push(said);
    if (said.t === 'direct.signal') this.other?.take(said);
  }

  take(frame: DirectSaid | { t: string; attempt: number; offers?: boolean }): void {
    this.detour.take({ conv: 'c', call: 'k', ...frame } as DirectFrame);
  }
}

let clock: ManualClock;
let network: Network;
let agent: End;
let visitor: End;

beforeEach(() => {
  clock = new ManualClock();
  network = new Network();
  agent = new End('agent', clock);
  visitor = new End('visitor', clock);
  agent.other = visitor;
  visitor.other = agent;
});

function tell(attempt = ATTEMPT): void {
  visitor.take({ t: 'direct.try', attempt, offers: false });
  agent.take({ t: 'direct.try', attempt, offers: true });
}

async function direct(): Promise<void> {
  tell();
  await clock.pass(3_000);
  expect([agent.direct, visitor.direct]).toEqual([true, true]);
}

describe('the way there', () => {
  it('moves both, lets the server rest, and reports it', async () => {
    await direct();
    expect([agent.detour.viaServer, visitor.detour.viaServer]).toEqual([false, false]);
    expect([agent.reports, visitor.reports]).toEqual([['up'], ['up']]);
  });

  it('never stops sending through the server before the other plays directly', async () => {
    tell();
    for (let i = 0; i < 200; i++) {
      await clock.pass(10);
      if (!agent.detour.viaServer) expect(visitor.direct).toBe(true);
      if (!visitor.detour.viaServer) expect(agent.direct).toBe(true);
    }
    expect(agent.detour.viaServer).toBe(false);
  });

  it('arrives though notes are lost', async () => {
    network.losing = 6;
    await direct();
    await clock.pass(1_000);
    expect([agent.detour.viaServer, visitor.detour.viaServer]).toEqual([false, false]);
  });

  it('stays on the server when no path is found, and says so', async () => {
    network.reaches = false;
    tell();
    await clock.pass(2_900);
    expect(agent.reports).toEqual([]);
    await clock.pass(400);
    expect([agent.reports, visitor.reports]).toEqual([['failed'], ['failed']]);
    expect([agent.direct, agent.detour.viaServer]).toEqual([false, true]);
    expect(network.peers.every((peer) => peer.closed)).toBe(true);
  });

  it('stays on the server when the other is no such browser', async () => {
    agent.take({ t: 'direct.try', attempt: ATTEMPT, offers: true });
    agent.take({ t: 'direct.signal', attempt: ATTEMPT, sdp: 'nonsense' });
    await clock.pass(100);
    expect(agent.reports).toEqual(['failed']);
  });

  it('takes signals of its own attempt alone', async () => {
    tell();
    agent.take({ t: 'direct.signal', attempt: ATTEMPT - 1, sdp: 'nonsense' } as DirectSaid);
    agent.take({ t: 'direct.end', attempt: ATTEMPT - 1 });
    await clock.pass(2_000);
    expect(agent.direct).toBe(true);
  });

  it('sends what comes later directly too', async () => {
    await direct();
    const screen = track('video');
    agent.detour.send(new Map<Source, MediaStreamTrack>([['screen', screen]]));
    expect(network.peers.some((peer) => peer.lines[2]?.sender.track === (screen as unknown))).toBe(
      true,
    );
    expect(screen.contentHint).toBe('detail');
    await clock.pass(1_000);
    expect(visitor.direct).toBe(true);
  });

  it('tells who speaks and how it goes, which the server cannot know', async () => {
    await direct();
    expect(agent.detour.observed.value).toMatchObject({ theirs: 20, score: 5 });
    agent.take({ t: 'direct.end', attempt: ATTEMPT });
    expect(agent.detour.observed.value).toBeNull();
  });
});

describe('the way back', () => {
  const end = (): void => {
    for (const one of [agent, visitor]) one.take({ t: 'direct.end', attempt: ATTEMPT });
  };

  it('sends through the server at once and plays directly until that comes', async () => {
    await direct();
    agent.served = false;
    end();
    expect([agent.detour.viaServer, visitor.detour.viaServer]).toEqual([true, true]);
    expect(agent.direct).toBe(true);
    await clock.pass(1_000);
    expect([agent.direct, visitor.direct]).toEqual([true, false]);
    agent.served = true;
    await clock.pass(300);
    expect(agent.direct).toBe(false);
    await clock.pass(1_500);
    expect(network.peers.every((peer) => peer.closed)).toBe(true);
  });

  it('is not reported when the server asked for it', async () => {
    await direct();
    end();
    await clock.pass(4_000);
    expect([agent.reports, visitor.reports]).toEqual([['up'], ['up']]);
  });

  it('is told again to one that says it is still there, which it does every 5 s', async () => {
    await direct(); // and from here on nobody may, which neither hears
    await clock.pass(20_000);
    expect(agent.reports).toEqual(['up', 'up', 'up', 'up', 'up']);
    end();
    await clock.pass(20_000);
    expect([agent.direct, visitor.direct]).toEqual([false, false]);
    expect([agent.reports.length, visitor.reports.length]).toEqual([5, 5]);
  });

  it('is taken by both when only one is told', async () => {
    await direct();
    agent.take({ t: 'direct.end', attempt: ATTEMPT });
    await clock.pass(500);
    expect([agent.direct, visitor.direct]).toEqual([false, false]);
    expect(visitor.detour.viaServer).toBe(true);
  });

  it('gives up in 4 s what never comes through the server', async () => {
    await direct();
    agent.served = visitor.served = false;
    end();
    await clock.pass(4_200);
    expect([agent.direct, visitor.direct]).toEqual([false, false]);
    expect(network.peers.every((peer) => peer.closed)).toBe(true);
  });

  it('begins by itself when the path is silent, and is reported as a failure', async () => {
    await direct();
    network.alive = false;
    await clock.pass(2_000);
    expect(agent.reports).toEqual(['up']);
    await clock.pass(600);
    expect([agent.reports, visitor.reports]).toEqual([
      ['up', 'failed'],
      ['up', 'failed'],
    ]);
    await clock.pass(500);
    expect([agent.direct, visitor.direct]).toEqual([false, false]);
  });

  it('begins at once when the other’s page goes, and is reported as that', async () => {
    await direct();
    visitor.detour.close();
    await clock.pass(50);
    expect(agent.reports).toEqual(['up', 'closed']);
    expect(agent.detour.viaServer).toBe(true);
  });

  it('leads to the next attempt, when that is told of first', async () => {
    await direct();
    network = new Network();
    tell(ATTEMPT + 1);
    expect([agent.detour.viaServer, visitor.detour.viaServer]).toEqual([true, true]);
    expect(agent.direct).toBe(true);
    await clock.pass(5_000);
    expect([agent.direct, visitor.direct]).toEqual([true, true]);
    expect([agent.reports, visitor.reports]).toEqual([
      ['up', 'up'],
      ['up', 'up'],
    ]);
  });
});

describe('what another browser writes', () => {
  it('is read as far as it is known', () => {
    expect(readNote('{"sends":["audio","smell"],"plays":true,"more":1}')).toEqual({
      sends: ['audio'],
      plays: true,
      leaves: false,
    });
    for (const text of ['', 'null', '1', '{}', '{"sends":"audio"}', '[']) {
      expect(readNote(text)).toBeNull();
    }
  });
});

describe('what the connection is made with', () => {
  it('is STUN alone, of every server once', () => {
    const urls = ['turn:one.example:3478?transport=udp', 'turn:one.example:3478?transport=tcp'];
    expect(
      directIce({
        iceTransportPolicy: 'relay',
        iceServers: [{ urls, username: 'u', credential: 'c' }, { urls: 'turns:two.example:443' }],
      }),
    ).toEqual({ iceServers: [{ urls: 'stun:one.example:3478' }] });
    expect(directIce({})).toEqual({});
  });

  it('is sound that repeats itself, where the browser can', () => {
    const codecs = ['audio/opus', 'audio/red', 'audio/PCMU'].map((mimeType) => ({ mimeType }));
    expect(preferRepeated(codecs).map(({ mimeType }) => mimeType)).toEqual([
      'audio/red',
      'audio/opus',
    ]);
  });
});
