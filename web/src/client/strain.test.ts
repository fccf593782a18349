import { expect, test } from 'vitest';
import type { Stat } from './ledger.ts';
import { StrainMeter } from './strain.ts';

function stats(packets: number, bytes: number, lost: number, available?: number): Stat[] {
  return [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    { id: 'X', type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 1 },
    {
      id: 'P',
      type: 'candidate-pair',
      ...(available ? { availableOutgoingBitrate: available } : {}),
    },
    { id: 'A', type: 'outbound-rtp', kind: 'audio', packetsSent: packets, bytesSent: bytes },
    {
      id: 'V',
      type: 'outbound-rtp',
      kind: 'video',
      packetsSent: packets,
      bytesSent: 9 * bytes,
    },
    { id: 'R', type: 'remote-inbound-rtp', packetsLost: lost },
  ];
}

test('a strain is what happened since the last look', () => {
  const meter = new StrainMeter();
  expect(meter.take(stats(100, 10_000, 5, 500_000), 1_000, false)).toBeNull();
  expect(meter.take(stats(200, 30_000, 25, 300_000), 3_000, true)).toEqual({
    at: 3_000,
    room: 220_000,
    loss: 0.1,
    screen: true,
  });
});

test('another connection is not compared with the last', () => {
  const meter = new StrainMeter();
  meter.take(stats(100, 10_000, 5), 1_000, false);
  expect(meter.take(stats(10, 100, 0), 3_000, false)).toBeNull();
  expect(meter.take(stats(20, 200, 0), 5_000, false)?.room).toBeNull();
});

test('room is kept for a voice that is silent now', () => {
  const meter = new StrainMeter();
  meter.take(stats(100, 10_000, 0), 1_000, false);
  expect(meter.take(stats(200, 10_500, 0, 300_000), 3_000, false)?.room).toBe(220_000);
  expect(meter.take(stats(300, 60_500, 0, 300_000), 5_000, false)?.room).toBe(100_000);
});
