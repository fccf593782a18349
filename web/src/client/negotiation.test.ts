import { expect, test } from 'vitest';
import {
  direction,
  fill,
  nameMids,
  nextGeneration,
  plan,
  type Slot,
  type Source,
  withSpare,
} from './negotiation.ts';
import type { PublicationInfo } from './protocol.gen.ts';

const publication = (id: string, source: Source = 'camera'): PublicationInfo => ({
  id,
  participant: `of ${id}`,
  source,
});
const wish = (send: Source[], receive: PublicationInfo[] = []) => ({
  send: new Set(send),
  receive,
});
const directions = (slots: readonly Slot[]) => slots.map(direction);

test('own sources come first, sound before picture, then what is received', () => {
  const slots = plan([], wish(['camera', 'audio'], [publication('p')]));
  expect(slots.map((slot) => slot.kind)).toEqual(['audio', 'video', 'video']);
  expect(directions(slots)).toEqual(['sendonly', 'sendonly', 'recvonly']);
});

test('the same wish changes nothing, so no offer is due', () => {
  const wanted = wish(['audio'], [publication('p')]);
  const slots = plan([], wanted);
  expect(plan(slots, wanted)).toBe(slots);
});

test('a publication that goes leaves its m-line in place, inactive', () => {
  const before = plan([], wish(['audio'], [publication('p'), publication('q')]));
  const after = plan(before, wish(['audio'], [publication('q')]));
  expect(directions(after)).toEqual(['sendonly', 'inactive', 'recvonly']);
});

test('a new publication takes a free m-line of its kind, never one of the other kind', () => {
  const before = plan([], wish([], [publication('p'), publication('s', 'audio')]));
  const freed = plan(before, wish([]));
  const after = plan(freed, wish([], [publication('q')]));
  expect(directions(after)).toEqual(['recvonly', 'inactive']);
  expect(plan(after, wish([], [publication('q'), publication('r')]))).toHaveLength(3);
});

test('a publication that is exchanged for another keeps the number of m-lines', () => {
  const before = plan([], wish([], [publication('p')]));
  expect(plan(before, wish([], [publication('q')]))).toHaveLength(1);
});

test('a source that is sent again uses its own m-line, not a free one of its kind', () => {
  const shared = plan([], wish(['camera', 'screen']));
  const stopped = plan(shared, wish(['camera']));
  expect(directions(stopped)).toEqual(['sendonly', 'inactive']);
  const again = plan(stopped, wish(['camera', 'screen']));
  expect(directions(again)).toEqual(['sendonly', 'sendonly']);
});

test('m-lines only ever grow, whatever is wished', () => {
  const wishes = [
    wish(['audio', 'camera'], [publication('p'), publication('q', 'audio')]),
    wish(['audio']),
    wish(['audio', 'screen', 'screen-audio'], [publication('r', 'screen')]),
    wish([], [publication('s', 'screen-audio')]),
  ];
  let slots: readonly Slot[] = [];
  for (const wanted of wishes) {
    const next = plan(slots, wanted);
    slots.forEach((slot, i) => {
      expect(next[i]?.kind).toBe(slot.kind);
      expect(next[i]?.role).toBe(slot.role);
    });
    slots = next;
  }
});

test('only active m-lines with a mid are named to the server', () => {
  const before = plan([], wish(['audio', 'camera'], [publication('p')]));
  const slots = plan(before, wish(['audio'], [publication('p')]));
  expect(nameMids(slots, ['0', '1', '2'])).toEqual({
    send: { 0: 'audio' },
    receive: { 2: 'p' },
    spare: {},
  });
  expect(nameMids(slots, ['0', '1', null])).toEqual({
    send: { 0: 'audio' },
    receive: {},
    spare: {},
  });
});

test('generations grow with each offer and over a page that forgot the last', () => {
  const now = 1_800_000_000_500;
  const first = nextGeneration(0, now);
  expect(first).toBe(1_800_000_000);
  expect(nextGeneration(first, now)).toBe(first + 1);
  expect(nextGeneration(0, now + 2_000)).toBeGreaterThan(first + 1);
});

test('what others are said to send gets m-lines ahead, beside those that are known already', () => {
  const known = plan([], wish(['audio'], [publication('p')]));
  const slots = withSpare(known, ['audio', 'video']);
  expect(directions(slots)).toEqual(['sendonly', 'recvonly', 'recvonly']);
  expect(withSpare(slots, ['video', 'audio'])).toBe(slots);
  expect(nameMids(slots, ['0', '1', '2'])).toEqual({
    send: { 0: 'audio' },
    receive: { 1: 'p' },
    spare: { 2: 'audio' },
  });
});

test('an m-line that the answer filled is as if it had been asked for', () => {
  const offered = withSpare(plan([], wish(['audio'])), ['audio', 'video']);
  const filled = fill(offered, ['0', '1', '2'], { 2: publication('p') });
  expect(plan(filled, wish(['audio'], [publication('p')]))).toBe(filled);
  expect(nameMids(filled, ['0', '1', '2'])).toEqual({
    send: { 0: 'audio' },
    receive: { 2: 'p' },
    spare: { 1: 'audio' },
  });
});

test('an answer cannot fill an m-line that sends or receives something else', () => {
  const offered = plan([], wish(['camera'], [publication('p')]));
  const other = publication('q');
  expect(fill(offered, ['0', '1'], { 0: other, 1: other })).toEqual(offered);
});

test('a publication that is told takes the m-line that was open for it', () => {
  const offered = withSpare(plan([], wish([])), ['video']);
  const next = plan(offered, wish([], [publication('p')]));
  expect(next).toHaveLength(1);
  expect(nameMids(next, ['0']).receive).toEqual({ 0: 'p' });
});
