import { expect, test } from 'vitest';
import { counted, hasCome, loudness, score } from './figures.ts';

const report = (...entries: object[]): RTCStatsReport =>
  new Map(entries.map((entry, i) => [String(i), entry])) as unknown as RTCStatsReport;
const track = (id: string, kind: string): MediaStreamTrack => ({ id, kind }) as MediaStreamTrack;
const sound = (id: string, jitterBufferEmittedCount: number, more: object = {}) => ({
  type: 'inbound-rtp',
  kind: 'audio',
  trackIdentifier: id,
  packetsReceived: 20,
  jitterBufferEmittedCount,
  ...more,
});
const picture = (id: string, framesDecoded: number) => ({
  type: 'inbound-rtp',
  kind: 'video',
  trackIdentifier: id,
  packetsReceived: 500,
  framesDecoded,
});

test('sound has come when some of it was played, a picture when it is decoded', () => {
  const now = counted(
    report(sound('a', 1_920), sound('b', 1_919), picture('c', 1), picture('d', 0)),
  );
  const come = (id: string, kind: string) => hasCome(track(id, kind), now);
  expect([come('a', 'audio'), come('b', 'audio')]).toEqual([true, false]);
  expect([come('c', 'video'), come('d', 'video'), come('e', 'video')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('where no sound is played at all, a second of it has come', () => {
  const come = (packetsReceived: number) =>
    hasCome(track('a', 'audio'), counted(report(sound('a', 0, { packetsReceived }))));
  expect([come(49), come(50)]).toEqual([false, true]);
});

test('what had come before does not count as having come since', () => {
  const before = counted(report(sound('a', 96_000), picture('c', 900)));
  const now = counted(report(sound('a', 97_000), picture('c', 901)));
  expect(hasCome(track('a', 'audio'), now, before)).toBe(false);
  expect(hasCome(track('c', 'video'), now, before)).toBe(true);
});

test('levels are told of what is sent and what is received, and silence of what is not there', () => {
  const known = report(
    sound('a', 9, { audioLevel: 0.1 }),
    sound('b', 9, { audioLevel: 0 }),
    { type: 'media-source', kind: 'audio', trackIdentifier: 'c', audioLevel: 1 },
    { type: 'codec' },
  );
  const heard = ['a', 'b', 'c', 'd'].map((id) => loudness(known, track(id, 'audio')));
  expect(heard).toEqual([20, 127, 0, 127]);
  expect(loudness(known, null)).toBe(127);
});

const way = (got: number, lost: number, trip = 0.02, jitter = 0.002, fractionLost = 0) =>
  report(
    { type: 'inbound-rtp', kind: 'audio', packetsReceived: got, packetsLost: lost, jitter },
    { type: 'remote-inbound-rtp', kind: 'audio', roundTripTime: trip, fractionLost },
  );

test('a connection is scored as the media server scores it', () => {
  // loss per cent, jitter ms, round trip ms -> what `media.quality.score` gives
  const known: [number, number, number, number][] = [
    [0, 2, 20, 5],
    [1, 2, 20, 5],
    [2, 5, 60, 4],
    [5, 20, 150, 3],
    [10, 20, 150, 2],
    [20, 20, 150, 1],
    [0, 60, 700, 1],
  ];
  for (const [loss, jitter, trip, wanted] of known) {
    const there = way(10_000 - 100 * loss, 100 * loss, trip / 1000, jitter / 1000);
    expect([loss, score(there, null)]).toEqual([loss, wanted]);
  }
});

test('only what was lost lately counts, and the worse of both ways', () => {
  const before = way(1_000, 1_000);
  expect(score(way(2_000, 1_000), before)).toBe(5);
  expect(score(way(2_000, 1_250), before)).toBe(1);
  expect(score(way(2_000, 1_000, 0.02, 0.002, 0.25), before)).toBe(1);
  expect(score(report(), null)).toBe(5);
});
