/**
 * A connection's figures for reports, out of WebRTC's own (w3.org/TR/webrtc-stats). Pure.
 *
 * A browser forgets what it counted when an m-line goes on with another stream, so each stream's
 * last count is kept here, and what is told is the sum of all that there ever were. Numbers are
 * brought into the bounds that the server checks (`signaling/doctor.py`).
 */
import type { Figures, Flow } from './protocol.gen.ts';

/** One entry of an RTCStatsReport; what a browser does not tell is missing. */
export type Stat = { readonly id: string; readonly type: string } & Readonly<
  Record<string, unknown>
>;

interface Count {
  packets: number;
  lost: number;
  bytes: number;
  jitter: number; // s
  codec: string;
  live: boolean; // in the newest look
}

const DAYS = 2 * 86_400; // s
const FLOWS = ['sound_out', 'sound_in', 'picture_out', 'picture_in'] as const;
type FlowName = (typeof FLOWS)[number];

export class Ledger {
  readonly #counts = new Map<FlowName, Map<string, Count>>();
  readonly #sound = new Map<string, { concealed: number; whole: number }>();
  readonly #freezes = new Map<string, { count: number; seconds: number }>();
  #path: Figures['path'] = null;
  #trips = { seconds: 0, count: 0 };

  /** Takes a look at the connection. */
  take(stats: Iterable<Stat>): void {
    const by = new Map<string, Stat>();
    for (const stat of stats) by.set(stat.id, stat);
    for (const flow of this.#counts.values()) for (const count of flow.values()) count.live = false;
    for (const stat of by.values()) this.#one(stat, by);
  }

  /** What is told of a leg that has been up for `seconds`, and took `setup` ms to come up. */
  figures(seconds: number, setup: number | null, paused: { count: number; ms: number }): Figures {
    const concealed = sum(this.#sound, 'concealed');
    const whole = sum(this.#sound, 'whole');
    const { count } = this.#trips;
    const flows = FLOWS.map((name) => [name, this.#flow(name, seconds)]);
    return {
      seconds: bounded(seconds, DAYS),
      setup: setup === null ? null : bounded(setup, 60_000),
      path: this.#path ?? null,
      rtt: count ? bounded((1000 * this.#trips.seconds) / count, 60_000) : null,
      ...(Object.fromEntries(flows) as Record<FlowName, Flow | null>),
      concealed: whole ? bounded((1000 * concealed) / whole, 1000) : 0,
      freezes: bounded(sum(this.#freezes, 'count'), 2 ** 40),
      frozen: bounded(1000 * sum(this.#freezes, 'seconds'), DAYS * 1000),
      fallbacks: bounded(paused.count, 2 ** 40),
      paused: bounded(paused.ms / 1000, DAYS),
    };
  }

  #one(stat: Stat, by: ReadonlyMap<string, Stat>): void {
    const side = stat.kind === 'audio' ? 'sound' : 'picture';
    const key = `${stat.id} ${String(stat.ssrc ?? '')}`;
    switch (stat.type) {
      case 'inbound-rtp':
        this.#count(`${side}_in`, key, {
          packets: number(stat.packetsReceived),
          lost: number(stat.packetsLost),
          bytes: number(stat.bytesReceived),
          jitter: number(stat.jitter),
          codec: codecOf(stat, by),
          live: true,
        });
        this.#hear(stat, key);
        break;
      case 'outbound-rtp': {
        const remote = by.get(String(stat.remoteId ?? ''));
        this.#count(`${side}_out`, key, {
          packets: number(stat.packetsSent),
          lost: number(remote?.packetsLost),
          bytes: number(stat.bytesSent),
          jitter: number(remote?.jitter),
          codec: codecOf(stat, by),
          live: true,
        });
        break;
      }
      case 'transport':
        this.#travel(by.get(String(stat.selectedCandidatePairId ?? '')), by);
        break;
      default: // the rest tells nothing that is reported
        break;
    }
  }

  #hear(stat: Stat, key: string): void {
    if (stat.kind === 'audio') {
      // What is made up while the other sends nothing on purpose (DTX) is no gap.
      const concealed = number(stat.concealedSamples) - number(stat.silentConcealedSamples);
      this.#sound.set(key, {
        concealed: Math.max(0, concealed),
        whole: number(stat.totalSamplesReceived),
      });
    } else {
      this.#freezes.set(key, {
        count: number(stat.freezeCount),
        seconds: number(stat.totalFreezesDuration),
      });
    }
  }

  #travel(pair: Stat | undefined, by: ReadonlyMap<string, Stat>): void {
    if (!pair) return;
    this.#trips = {
      seconds: number(pair.totalRoundTripTime),
      count: number(pair.responsesReceived),
    };
    const local = by.get(String(pair.localCandidateId ?? ''));
    if (!local) return;
    if (local.candidateType === 'relay') this.#path = 'relay';
    else this.#path = local.protocol === 'tcp' ? 'tcp' : 'udp';
  }

  #count(name: FlowName, key: string, count: Count): void {
    const flow = this.#counts.get(name) ?? new Map<string, Count>();
    this.#counts.set(name, flow.set(key, count));
  }

  #flow(name: FlowName, seconds: number): Flow | null {
    const counts = [...(this.#counts.get(name)?.values() ?? [])];
    const packets = counts.reduce((all, count) => all + count.packets, 0);
    if (packets === 0) return null;
    const bytes = counts.reduce((all, count) => all + count.bytes, 0);
    const jitter = counts.reduce((most, c) => (c.live ? Math.max(most, c.jitter) : most), 0);
    return {
      packets: bounded(packets, 2 ** 40),
      lost: bounded(
        counts.reduce((all, count) => all + Math.max(0, count.lost), 0),
        2 ** 40,
      ),
      jitter: bounded(1000 * jitter, 60_000),
      kbps: bounded((8 * bytes) / 1000 / Math.max(1, seconds), 1_000_000),
      codec: counts.findLast((count) => count.codec !== '')?.codec ?? '',
    };
  }
}

function codecOf(stat: Stat, by: ReadonlyMap<string, Stat>): string {
  const mime = String(by.get(String(stat.codecId ?? ''))?.mimeType ?? '');
  const name = mime.slice(mime.indexOf('/') + 1);
  return /^[A-Za-z0-9-]{0,16}$/.test(name) ? name : '';
}

function sum<K extends string>(of: ReadonlyMap<string, Record<K, number>>, name: K): number {
  return [...of.values()].reduce((all, one) => all + one[name], 0);
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A whole number from 0 to `most`. */
function bounded(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(0, Math.round(value))) : 0;
}
