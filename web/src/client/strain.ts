/** What a look at WebRTC's figures says of the way out, for `fallback.ts`. Pure. */
import type { Strain } from './fallback.ts';
import type { Stat } from './ledger.ts';

/** Bit/s of a voice, sent twice, with its headers: who is silent now may speak any moment. */
const SPEECH = 80_000;

interface Sums {
  readonly at: number;
  readonly sound: number; // bytes
  readonly packets: number;
  readonly lost: number;
}

/** Turns looks into strains; the first of a connection has nothing to be compared with. */
export class StrainMeter {
  #before: Sums | null = null;

  take(stats: readonly Stat[], at: number, screen: boolean): Strain | null {
    const sums = sumsOf(stats, at);
    const before = this.#before;
    this.#before = sums;
    // Another connection counts from zero.
    if (!before || sums.packets < before.packets || at <= before.at) return null;
    const packets = sums.packets - before.packets;
    const sound = (8000 * (sums.sound - before.sound)) / (at - before.at);
    const available = estimateOf(stats);
    return {
      at,
      room: available === null ? null : available - Math.max(sound, SPEECH),
      // Reports lag behind what was sent, so the share is not exact; it is bounded.
      loss: Math.min(1, Math.max(0, sums.lost - before.lost) / Math.max(packets, 1)),
      screen,
    };
  }

  reset(): void {
    this.#before = null;
  }
}

function sumsOf(stats: readonly Stat[], at: number): Sums {
  let [sound, packets, lost] = [0, 0, 0];
  for (const stat of stats) {
    if (stat.type === 'outbound-rtp') {
      packets += number(stat.packetsSent);
      if (stat.kind === 'audio') sound += number(stat.bytesSent) + number(stat.headerBytesSent);
    } else if (stat.type === 'remote-inbound-rtp') lost += number(stat.packetsLost);
  }
  return { at, sound, packets, lost };
}

/** Of the pair of candidates in use; null where the browser does not estimate. */
function estimateOf(stats: readonly Stat[]): number | null {
  const used = new Set(
    stats.filter(({ type }) => type === 'transport').map((one) => one.selectedCandidatePairId),
  );
  for (const stat of stats) {
    const value = stat.availableOutgoingBitrate;
    const chosen = used.size > 0 ? used.has(stat.id) : stat.nominated === true;
    if (stat.type === 'candidate-pair' && chosen && typeof value === 'number') return value;
  }
  return null;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
