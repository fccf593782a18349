import { expect, test } from 'vitest';
import { Ledger, type Stat } from './ledger.ts';

const NONE = { count: 0, ms: 0 };
const CODECS: Stat[] = [
  { id: 'C1', type: 'codec', mimeType: 'audio/opus' },
  { id: 'C2', type: 'codec', mimeType: 'video/VP8' },
];

function heard(more: Partial<Stat> = {}): Stat {
  return {
    id: 'IA',
    type: 'inbound-rtp',
    kind: 'audio',
    ssrc: 1,
    packetsReceived: 500,
    packetsLost: 5,
    bytesReceived: 50_000,
    jitter: 0.004,
    codecId: 'C1',
    concealedSamples: 4_000,
    silentConcealedSamples: 1_000,
    totalSamplesReceived: 100_000,
    ...more,
  };
}

test('sound and picture are told apart, each way', () => {
  const ledger = new Ledger();
  ledger.take([
    ...CODECS,
    heard(),
    {
      ...heard(),
      id: 'IV',
      kind: 'video',
      codecId: 'C2',
      freezeCount: 2,
      totalFreezesDuration: 1.5,
    },
    { id: 'R', type: 'remote-inbound-rtp', packetsLost: 7, jitter: 0.012 },
    {
      id: 'OA',
      type: 'outbound-rtp',
      kind: 'audio',
      packetsSent: 900,
      bytesSent: 30_000,
      remoteId: 'R',
      codecId: 'C1',
    },
  ]);
  expect(ledger.figures(10, 240, NONE)).toEqual({
    seconds: 10,
    setup: 240,
    path: null,
    rtt: null,
    sound_in: { packets: 500, lost: 5, jitter: 4, kbps: 40, codec: 'opus' },
    sound_out: { packets: 900, lost: 7, jitter: 12, kbps: 24, codec: 'opus' },
    picture_in: { packets: 500, lost: 5, jitter: 4, kbps: 40, codec: 'VP8' },
    picture_out: null,
    concealed: 30,
    freezes: 2,
    frozen: 1500,
    fallbacks: 0,
    paused: 0,
  });
});

test('what a stream counted stays when another takes its m-line', () => {
  const ledger = new Ledger();
  ledger.take([...CODECS, heard()]);
  ledger.take([...CODECS, heard({ packetsReceived: 600, packetsLost: 6 })]);
  ledger.take([...CODECS, heard({ ssrc: 2, packetsReceived: 10, packetsLost: 1, jitter: 0.001 })]);
  const { sound_in } = ledger.figures(20, null, NONE);
  expect(sound_in).toMatchObject({ packets: 610, lost: 7, jitter: 1 });
});

test.each([
  [{ candidateType: 'host', protocol: 'udp' }, 'udp'],
  [{ candidateType: 'prflx', protocol: 'tcp' }, 'tcp'],
  [{ candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' }, 'relay'],
] as const)('a path by %j is %s', (local, path) => {
  const ledger = new Ledger();
  ledger.take([
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    {
      id: 'P',
      type: 'candidate-pair',
      localCandidateId: 'L',
      totalRoundTripTime: 0.3,
      responsesReceived: 6,
    },
    { id: 'L', type: 'local-candidate', ...local },
  ]);
  expect(ledger.figures(1, null, NONE)).toMatchObject({ path, rtt: 50 });
});

test('a browser that tells nonsense, or nothing, is brought into bounds', () => {
  const ledger = new Ledger();
  ledger.take([
    heard({ packetsLost: -3, jitter: Number.NaN, concealedSamples: 1e12, bytesReceived: 1e18 }),
    { id: 'X', type: 'inbound-rtp', kind: 'video' },
    { id: 'T', type: 'transport' },
  ]);
  const told = ledger.figures(1e9, 1e9, { count: 3, ms: 4_400 });
  expect(told).toMatchObject({ seconds: 172_800, setup: 60_000, concealed: 1000, fallbacks: 3 });
  expect(told.paused).toBe(4);
  expect(told.sound_in).toMatchObject({ lost: 0, jitter: 0, kbps: 1_000_000, codec: '' });
  expect(told.picture_in).toBeNull();
});
