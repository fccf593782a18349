import { expect, test } from 'vitest';
import { type Look, lookAt, measured } from './measure.ts';

/** Looks every 250 ms at steady rates, in kbit/s; packets of 1000 bytes. */
function looks(more: {
  estimate: number;
  sent: number;
  received: number;
  lossUp?: number;
  loss?: number;
}): Look[] {
  const { estimate, sent, received, lossUp = 0, loss = 0 } = more;
  return Array.from({ length: 12 }, (_, i) => {
    const seconds = i / 4;
    const sentBytes = 125 * sent * seconds;
    const receivedBytes = 125 * received * seconds;
    return {
      at: 1000 * seconds,
      estimate: 1000 * estimate,
      sent: sentBytes,
      sentPackets: sentBytes / 1000,
      lostUp: (lossUp * sentBytes) / 1000,
      received: receivedBytes,
      receivedPackets: (receivedBytes / 1000) * (1 - loss),
      lost: (receivedBytes / 1000) * loss,
      rtt: 0.04,
    };
  });
}

test('a fast link is told as what the check sends, or more', () => {
  expect(measured(looks({ estimate: 3000, sent: 1400, received: 1380 }))).toEqual({
    up: 1500,
    down: 1380,
    upCapped: true,
    downCapped: true,
    rtt: 40,
    lossUp: 0,
    lossDown: 0,
  });
});

test('a slow uplink is told by its estimate, and holds back what comes down', () => {
  expect(measured(looks({ estimate: 250, sent: 240, received: 238 }))).toMatchObject({
    up: 250,
    down: 238,
    upCapped: false,
    downCapped: true,
  });
});

test('a slow downlink is told by what arrives, and what it drops is no loss of the link', () => {
  const found = measured(looks({ estimate: 3000, sent: 1200, received: 300, loss: 0.75 }));
  expect(found).toMatchObject({
    up: 1500,
    upCapped: true,
    down: 300,
    downCapped: false,
    lossDown: 0,
  });
});

test('an estimate that fell and climbs back is told by what it climbs to', () => {
  const steady = looks({ estimate: 900, sent: 900, received: 900 });
  const found = measured(steady.map((look, i) => ({ ...look, estimate: i < 7 ? 200_000 : 9e5 })));
  expect(found?.up).toBe(900);
});

test('a browser that estimates nothing is told by what reached the server', () => {
  const found = measured(looks({ estimate: 0, sent: 1000, received: 900, lossUp: 0.1 }));
  expect(found).toMatchObject({ up: 900, lossUp: 10 });
});

test('a round trip is the shortest: the others waited behind the check itself', () => {
  const slow = looks({ estimate: 250, sent: 240, received: 238 });
  const found = measured(slow.map((look, i) => ({ ...look, rtt: i === 3 ? 0.02 : 0.4 })));
  expect(found?.rtt).toBe(20);
});

test('loss is told apart by leg', () => {
  const found = measured(
    looks({ estimate: 900, sent: 900, received: 800, lossUp: 0.1, loss: 0.28 }),
  );
  expect(found?.lossUp).toBe(10);
  expect(found?.lossDown).toBe(20);
});

test('nothing that arrived is nothing measured', () => {
  expect(measured([])).toBeNull();
  expect(measured(looks({ estimate: 300, sent: 300, received: 0 }))).toBeNull();
});

test('a look takes the pair that is in use', () => {
  const up = [
    { id: 'P1', type: 'candidate-pair', nominated: false, availableOutgoingBitrate: 9 },
    {
      id: 'P2',
      type: 'candidate-pair',
      nominated: true,
      availableOutgoingBitrate: 700_000,
      currentRoundTripTime: 0.03,
    },
    { id: 'O', type: 'outbound-rtp', packetsSent: 10, bytesSent: 9_000, headerBytesSent: 200 },
    { id: 'R', type: 'remote-inbound-rtp', packetsLost: -1 },
  ];
  const down = [
    { id: 'I', type: 'inbound-rtp', packetsReceived: 9, packetsLost: 1, bytesReceived: 8_000 },
  ];
  expect(lookAt(5, up, down)).toEqual({
    at: 5,
    estimate: 700_000,
    sent: 9_200,
    sentPackets: 10,
    lostUp: 0,
    received: 8_000,
    receivedPackets: 9,
    lost: 1,
    rtt: 0.03,
  });
});
