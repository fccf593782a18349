/**
 * What a connection's figures (`getStats`, W3C webrtc-stats) say that a call goes by: what has come
 * in, who is heard, how good it is. Pure.
 */

/** How much of a track has come, and how much of that was played or shown, or could be. */
export interface Count {
  readonly packets: number;
  readonly decoded: number; // samples of sound out of the jitter buffer, or pictures
}

export type Counts = ReadonlyMap<string, Count>;

interface Entry {
  readonly type: string;
  readonly kind?: string;
  readonly trackIdentifier?: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly framesDecoded?: number;
  readonly jitterBufferEmittedCount?: number;
  readonly audioLevel?: number;
  readonly jitter?: number;
  readonly fractionLost?: number;
  readonly roundTripTime?: number;
}

function entries(report: RTCStatsReport): Entry[] {
  const found: Entry[] = [];
  report.forEach((entry: Entry) => {
    found.push(entry);
  });
  return found;
}

/** Counts what has come of each track, by its id. */
export function counted(report: RTCStatsReport): Counts {
  const found = new Map<string, Count>();
  for (const one of entries(report)) {
    if (one.type !== 'inbound-rtp' || one.trackIdentifier === undefined) continue;
    const decoded = one.kind === 'audio' ? one.jitterBufferEmittedCount : one.framesDecoded;
    const count = { packets: one.packetsReceived ?? 0, decoded: decoded ?? 0 };
    found.set(one.trackIdentifier, count);
  }
  return found;
}

const NOTHING: Count = { packets: 0, decoded: 0 };
const PLAYED = 1_920; // samples: 40 ms of sound have come out of the jitter buffer
const SECOND = 50; // packets of sound, where no sound is played at all and none comes out

/** Whether a track has come since `before`, so that it can be played without a gap. */
export function hasCome(track: MediaStreamTrack, now: Counts, before?: Counts): boolean {
  const { packets, decoded } = now.get(track.id) ?? NOTHING;
  const then = before?.get(track.id) ?? NOTHING;
  if (track.kind !== 'audio') return decoded > then.decoded;
  return decoded - then.decoded >= PLAYED || packets - then.packets >= SECOND;
}

/** The level of a track's sound in -dBov (0 loud .. 127 silence), sent or received. */
export function loudness(report: RTCStatsReport, track: MediaStreamTrack | null): number {
  const known = entries(report).find(
    (one) =>
      track !== null &&
      one.trackIdentifier === track.id &&
      (one.type === 'inbound-rtp' || one.type === 'media-source'),
  );
  const level = known?.audioLevel ?? 0;
  return level > 0 ? Math.min(127, Math.round(20 * Math.log10(1 / level))) : 127;
}

const CODEC_DELAY = 10; // ms
const STEPS = [60, 70, 80, 90]; // ratings from which people are less and less dissatisfied

/**
 * Scores the connection from 1 (unusable) to 5 (good) over the time between two reports, as the
 * media server does it (`media/quality.py`: the E-model of ITU-T G.107 in its short form).
 */
export function score(report: RTCStatsReport, before: RTCStatsReport | null): number {
  const [now, then] = [received(report), before ? received(before) : { got: 0, lost: 0 }];
  const lost = Math.max(0, now.lost - then.lost);
  const share = lost / Math.max(1, lost + now.got - then.got);
  let [loss, jitter, trip] = [share, 0, 0];
  for (const one of entries(report)) {
    if (one.type === 'inbound-rtp') jitter = Math.max(jitter, one.jitter ?? 0);
    if (one.type !== 'remote-inbound-rtp') continue;
    loss = Math.max(loss, one.fractionLost ?? 0);
    trip = Math.max(trip, one.roundTripTime ?? 0);
  }
  const latency = 500 * trip + 2_000 * jitter + CODEC_DELAY;
  const rating = 93.2 - (latency < 160 ? latency / 40 : (latency - 120) / 10) - 250 * loss;
  return 1 + STEPS.filter((step) => rating >= step).length;
}

function received(report: RTCStatsReport): { got: number; lost: number } {
  const inbound = entries(report).filter((one) => one.type === 'inbound-rtp');
  const sum = (figure: (one: Entry) => number | undefined): number =>
    inbound.reduce((total, one) => total + (figure(one) ?? 0), 0);
  return { got: sum((one) => one.packetsReceived), lost: sum((one) => one.packetsLost) };
}
