/**
 * What a pair of connections carried, out of looks at their figures. Pure.
 *
 * Up is the sender's own estimate of what the way to the server takes: it probes for it, and hears
 * of each packet's arrival; the upper quartile of it, since it falls below the truth and climbs
 * back, and does so longer on a busy machine. Down is what arrived here in the best second and a half. Both flow at
 * once, as in a call. Down cannot be seen to be more than what came up, and nothing is more than
 * `MAX_KBPS`, which is what the check sends at most: a rate near its bound is told as "or more".
 * Seen against links of 100, 250 and 600 kbit/s both are within a fifth.
 *
 * The round trip is the shortest one, because the check fills the queues of a slow link itself. So
 * with loss: the sender heeds what the way up takes, but what the way down takes it learns late, so
 * loss there counts only where most of it arrived; else it is the rate that is too low.
 */
import type { Stat } from '@/client/ledger.ts';
import type { Measured } from './verdict.ts';

export const MAX_KBPS = 1_500;
const NEAR = 0.8; // of the most: browsers leave some of it to repairs
const SPAN = 1_500; // ms over which a rate is seen
const SETTLE = 500; // ms before an estimate says anything
const HELD = 0.75; // of what came up: when less arrives, the way down holds it back

/** One look at both connections. */
export interface Look {
  readonly at: number; // ms
  readonly estimate: number; // bit/s
  readonly sent: number; // bytes
  readonly sentPackets: number;
  readonly lostUp: number; // packets, as the server reports
  readonly received: number; // bytes
  readonly receivedPackets: number;
  readonly lost: number; // packets, of the whole way up and down
  readonly rtt: number | null; // s
}

export function lookAt(at: number, up: Iterable<Stat>, down: Iterable<Stat>): Look {
  const sender = kinds(up);
  const receiver = kinds(down);
  const out = sender.get('outbound-rtp');
  const remote = sender.get('remote-inbound-rtp');
  const into = receiver.get('inbound-rtp');
  const trips = [sender, receiver].flatMap((one) => {
    const trip = one.get('candidate-pair')?.currentRoundTripTime;
    return typeof trip === 'number' ? [trip] : [];
  });
  return {
    at,
    estimate: number(sender.get('candidate-pair')?.availableOutgoingBitrate),
    sent: number(out?.bytesSent) + number(out?.headerBytesSent),
    sentPackets: number(out?.packetsSent),
    lostUp: Math.max(0, number(remote?.packetsLost)),
    received: number(into?.bytesReceived) + number(into?.headerBytesReceived),
    receivedPackets: number(into?.packetsReceived),
    lost: Math.max(0, number(into?.packetsLost)),
    rtt: trips.length > 0 ? Math.min(...trips) : null,
  };
}

/** What was carried between the first look and the last; null: nothing was. */
export function measured(looks: readonly Look[]): Measured | null {
  const last = looks.at(-1);
  if (!last || last.receivedPackets === 0) return null;
  const sent = fastest(looks, (look) => look.sent);
  const lossUp = share(last.lostUp, last.sentPackets);
  const came = sent * (1 - lossUp);
  const arrived = fastest(looks, (look) => look.received);
  const held = arrived < HELD * came; // by the way down
  const settled = looks.filter(({ at }) => at >= (looks[0]?.at ?? 0) + SETTLE);
  const estimate = upperQuartile(settled.map((look) => look.estimate / 1000));
  // A sender that is held back by the way down has more than it may use.
  const up = Math.min(MAX_KBPS, held ? Math.max(estimate, came) : estimate || came);
  const down = Math.min(MAX_KBPS, arrived);
  const whole = share(last.lost, last.receivedPackets + last.lost);
  const trips = looks.flatMap(({ rtt }) => (rtt === null ? [] : [rtt]));
  return {
    up: Math.round(up),
    down: Math.round(down),
    upCapped: held || up >= NEAR * MAX_KBPS,
    downCapped: !held && down >= NEAR * Math.min(MAX_KBPS, came),
    rtt: trips.length > 0 ? Math.round(1000 * Math.min(...trips)) : null,
    lossUp: percent(lossUp),
    lossDown: held ? 0 : percent(Math.max(0, (whole - lossUp) / Math.max(0.01, 1 - lossUp))),
  };
}

/** The highest rate over `SPAN`, or over all there is when that is shorter; kbit/s. */
function fastest(looks: readonly Look[], bytes: (look: Look) => number): number {
  let best = 0;
  for (const [i, from] of looks.entries()) {
    const to = looks.slice(i).find(({ at }) => at >= from.at + SPAN) ?? looks.at(-1);
    const ms = to ? to.at - from.at : 0;
    if (!to || ms < SPAN / 3) continue;
    best = Math.max(best, (8 * (bytes(to) - bytes(from))) / ms);
  }
  return best;
}

/** Of several entries of a type the one that is in use, or has carried most. */
function kinds(stats: Iterable<Stat>): Map<string, Stat> {
  const found = new Map<string, Stat>();
  const weight = (stat: Stat): number =>
    (stat.nominated === true ? 1 : 0) + number(stat.packetsReceived) + number(stat.packetsSent);
  for (const stat of stats) {
    const before = found.get(stat.type);
    if (!before || weight(stat) > weight(before)) found.set(stat.type, stat);
  }
  return found;
}

function upperQuartile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((3 * sorted.length) / 4)] ?? 0;
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

function percent(part: number): number {
  return Math.round(part * 1000) / 10;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
