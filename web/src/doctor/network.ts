/**
 * The network's part of a check: a pair of connections that measure, and one for each way through
 * the network that is tried alone. One request brings all answers. `check.ts` drives it.
 */
import { ApiError } from '@/client/api.ts';
import type { Clock } from '@/client/clock.ts';
import type { Stat } from '@/client/ledger.ts';
import { type Look, lookAt, MAX_KBPS, measured } from './measure.ts';
import {
  carriesVideo,
  type Measured,
  onlyBy,
  relaysOf,
  transportsOf,
  type Unmeasured,
  type Way,
  type WayFound,
  waysOf,
} from './verdict.ts';

const CONNECT = 4_000; // ms for a way to be open; relays must be asked first
const MEASURE = 3_000; // ms
const LONGER = 5_500; // ms, when that was not enough for video: a busy machine starts slowly
const LOOK = 250; // ms

export type CheckOffers = Record<string, { sdp: string; mid: string }>;

/** POST /api/v1/doctor/checks */
export interface CheckAnswers {
  readonly check: string;
  readonly seconds: number;
  readonly answers: Readonly<Record<string, string>>;
}

export interface NetworkParts {
  createPeer(config: RTCConfiguration): RTCPeerConnection;
  videoCodecs(): readonly RTCRtpCodec[];
  ice(): Promise<RTCConfiguration>;
  /** Has offers answered; rejects with `ApiError`. */
  post(offers: CheckOffers): Promise<CheckAnswers>;
  /** A moving picture that does not compress well; `stop` ends it. */
  picture(): { readonly track: MediaStreamTrack; stop(): void };
  clock: Clock;
}

export interface NetworkNews {
  way(found: WayFound): void;
  link(found: Measured | Unmeasured): void;
}

/** Checks the network and tells what is found as it is found. `signal` ends it at once. */
export async function checkNetwork(
  parts: NetworkParts,
  news: NetworkNews,
  signal: AbortSignal,
): Promise<void> {
  const peers: RTCPeerConnection[] = [];
  const picture = parts.picture();
  const create = (config: RTCConfiguration) => {
    const peer = parts.createPeer({ ...config, bundlePolicy: 'max-bundle' });
    peers.push(peer);
    return peer;
  };
  try {
    await run(parts, news, signal, picture.track, create);
  } finally {
    picture.stop();
    for (const peer of peers) peer.close();
  }
}

async function run(
  parts: NetworkParts,
  news: NetworkNews,
  signal: AbortSignal,
  picture: MediaStreamTrack,
  create: (config: RTCConfiguration) => RTCPeerConnection,
): Promise<void> {
  const ice = await parts.ice().catch((): RTCConfiguration => ({}));
  const up = create(ice);
  const down = create(ice);
  const encodings = [{ maxBitrate: 1000 * MAX_KBPS }];
  const codecs = parts
    .videoCodecs()
    .filter(({ mimeType }) => /^video\/(vp8|rtx)$/i.test(mimeType)) as RTCRtpCodec[];
  for (const [peer, what, init] of [
    [up, picture, { direction: 'sendonly', sendEncodings: encodings }],
    [down, 'video', { direction: 'recvonly' }],
  ] as const) {
    const transceiver = peer.addTransceiver(what, init as RTCRtpTransceiverInit);
    if (codecs.length > 1) transceiver.setCodecPreferences(codecs);
  }
  const seats = new Map<string, RTCPeerConnection>([
    ['up', up],
    ['down', down],
  ]);
  const relays = relaysOf(ice);
  for (const way of waysOf(ice, new Set(['udp', 'tcp']))) {
    const relay = relays.get(way);
    const peer = create(relay ? { iceServers: [relay], iceTransportPolicy: 'relay' } : {});
    peer.addTransceiver('audio', { direction: 'recvonly' });
    seats.set(way, peer);
    if (way !== 'tcp') news.way({ way, state: 'trying', ms: null });
  }
  let answers: CheckAnswers['answers'];
  try {
    answers = (await parts.post(await offersOf(seats))).answers;
  } catch (error) {
    for (const way of seats.keys())
      if (isWay(way) && way !== 'tcp') news.way({ way, state: 'shut', ms: null });
    news.link(reasonOf(error));
    return;
  }
  if (signal.aborted) return;
  const began = parts.clock.now();
  const opened = [...seats].flatMap(([name, peer]) => {
    const answer = answers[name];
    if (answer === undefined || !isWay(name)) return [];
    const only = name === 'udp' || name === 'tcp' ? onlyBy(answer, name) : answer;
    // The server has no such way: there is nothing to try.
    if (name === 'tcp' && !transportsOf(answer).has('tcp')) return [];
    news.way({ way: name, state: 'trying', ms: null });
    return [
      connect(peer, only, parts.clock, signal).then((open) => {
        const ms = open ? parts.clock.now() - began : null;
        if (!signal.aborted) news.way({ way: name, state: open ? 'open' : 'shut', ms });
      }),
    ];
  });
  const pair = measure(parts, up, down, answers, signal).then((found) => {
    if (!signal.aborted) news.link(found ?? 'shut');
  });
  await Promise.all([...opened, pair]);
}

async function offersOf(seats: ReadonlyMap<string, RTCPeerConnection>): Promise<CheckOffers> {
  const offers: CheckOffers = {};
  await Promise.all(
    [...seats].map(async ([name, peer]) => {
      await peer.setLocalDescription();
      const mid = peer.getTransceivers()[0]?.mid ?? '0';
      offers[name] = { sdp: peer.localDescription?.sdp ?? '', mid };
    }),
  );
  return offers;
}

async function measure(
  { clock }: NetworkParts,
  up: RTCPeerConnection,
  down: RTCPeerConnection,
  answers: CheckAnswers['answers'],
  signal: AbortSignal,
): Promise<Measured | null> {
  const open = await Promise.all([
    connect(up, answers.up ?? '', clock, signal),
    connect(down, answers.down ?? '', clock, signal),
  ]);
  if (!open.every((one) => one)) return null;
  const looks: Look[] = [];
  const began = clock.now();
  const goesOn = () => {
    const passed = clock.now() - began;
    return passed < MEASURE || (passed < LONGER && !carriesVideo(measured(looks)));
  };
  while (goesOn() && !signal.aborted) {
    const [sender, receiver] = await Promise.all([up.getStats(), down.getStats()]);
    looks.push(lookAt(clock.now(), listOf(sender), listOf(receiver)));
    await pause(LOOK, clock);
  }
  return measured(looks);
}

/** Applies an answer; returns whether the connection came up in time. */
async function connect(
  peer: RTCPeerConnection,
  sdp: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await peer.setRemoteDescription({ type: 'answer', sdp });
  } catch {
    return false; // an answer that this browser does not understand opens nothing
  }
  return await new Promise((resolve) => {
    const cancel = clock.after(CONNECT, () => resolve(false));
    const look = () => {
      const { connectionState: state } = peer;
      if (state !== 'connected' && state !== 'failed' && state !== 'closed') return;
      cancel();
      resolve(state === 'connected');
    };
    peer.addEventListener('connectionstatechange', look);
    signal.addEventListener('abort', () => {
      cancel();
      resolve(false);
    });
    look();
  });
}

function reasonOf(error: unknown): Unmeasured {
  if (!(error instanceof ApiError)) return 'unavailable';
  if (error.status === 0) return 'offline';
  return error.status === 429 ? 'too-many' : 'unavailable';
}

function isWay(name: string): name is Way {
  return name !== 'up' && name !== 'down';
}

function listOf(report: RTCStatsReport): Stat[] {
  const list: Stat[] = [];
  report.forEach((stat) => {
    list.push(stat);
  });
  return list;
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
