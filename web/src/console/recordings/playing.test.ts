import { expect, test } from 'vitest';
import type { Entry } from '@/client/entries';
import { marksOf, placeOf, type Recording, wasRecorded } from './playing';

const PARTS = [
  { at: 10_000, from: 0, length: 5_000 },
  { at: 25_000, from: 5_000, length: 3_000 },
];

function entry(kind: string, at: number): Entry {
  return { key: `${kind}${at}`, at, event: { kind } } as unknown as Entry;
}

test('a moment is where its part is, and a pause is the end of the part before', () => {
  expect(placeOf(12_500, PARTS)).toBe(2.5);
  expect(placeOf(20_000, PARTS)).toBe(5);
  expect(placeOf(26_000, PARTS)).toBe(6);
  expect(placeOf(9_000, PARTS)).toBeNull();
});

test('what happened before, after or besides is no mark', () => {
  const recording = { started_at: 10_000, ended_at: 28_000, parts: PARTS } as Recording;
  const entries = [
    entry('call_joined', 9_000),
    entry('recording_started', 10_000),
    entry('message', 11_000),
    entry('recording_paused', 15_000),
    entry('call_left', 26_000),
    entry('call_joined', 40_000),
  ];
  expect(marksOf(recording, entries).map(({ key, second }) => [key, second])).toEqual([
    ['recording_started10000', 0],
    ['recording_paused15000', 5],
    ['call_left26000', 6],
  ]);
});

test('what goes on says how long nothing was recorded', () => {
  const recording = { started_at: 10_000, ended_at: 28_000, parts: PARTS } as Recording;
  const entries = [entry('recording_paused', 15_000), entry('recording_resumed', 24_990)];
  expect(marksOf(recording, entries).map(({ missing }) => missing)).toEqual([undefined, 9.99]);
});

test('a timeline without a recording asks for none', () => {
  expect(wasRecorded([entry('call_started', 1), entry('recording_asked', 2)])).toBe(false);
  expect(wasRecorded([entry('recording_started', 3)])).toBe(true);
});
