import { expect, test } from 'vitest';
import type { Entry } from '@/client/entries.ts';
import { contrastOf, fitBrand } from './brand.ts';
import { linesOf } from './lines.ts';

const COLORS = ['#ff6600', '#ffffff', '#000000', '#777777', '#ffe600', '#1a3c34', '#7f8c8d'];

test.each(COLORS)('brand %s can be seen and read on light and dark', (color) => {
  for (const surface of ['#ffffff', '#13161d']) {
    const brand = fitBrand(color, surface);
    expect(contrastOf(brand?.color ?? '', surface)).toBeGreaterThanOrEqual(2.95); // rounded hex
    expect(contrastOf(brand?.ink ?? '', brand?.color ?? '')).toBeGreaterThanOrEqual(4.5);
  }
});

test('orange keeps its colour and takes dark words', () => {
  const brand = fitBrand('#ff6600', '#13161d');
  expect(brand).toEqual({ color: '#ff6600', ink: '#16181d' });
});

test('what is no colour is left alone', () => {
  expect(fitBrand('red; background: url(x)', '#ffffff')).toBeNull();
});

const NOON = new Date(2026, 4, 5, 12).getTime();

function message(seq: number, at: number, who: 'me' | 'agent', status: Entry['status']): Entry {
  const by =
    who === 'me' ? { id: 'v', role: 'visitor' as const } : { id: 'a', role: 'agent' as const };
  return {
    key: String(seq),
    seq,
    at,
    by,
    event: { kind: 'message', id: String(seq), text: 'x' },
    mine: who === 'me',
    status: who === 'me' ? status : null,
    failure: null,
  };
}

test('messages of one writer within five minutes are one group', () => {
  const lines = linesOf([
    message(1, NOON, 'agent', null),
    message(2, NOON + 60_000, 'agent', null),
    message(3, NOON + 60_000 + 6 * 60_000, 'agent', null),
  ]);
  expect(
    lines.map((line) => (line.kind === 'message' ? [line.first, line.last] : line.kind)),
  ).toEqual(['day', [true, false], [false, true], [true, true]]);
});

test('a new day has a separator', () => {
  const lines = linesOf([
    message(1, NOON, 'me', 'seen'),
    message(2, NOON + 24 * 3_600_000, 'agent', null),
  ]);
  expect(lines.map(({ kind }) => kind)).toEqual(['day', 'message', 'day', 'message']);
});

test('only the newest own message tells its status, and each that failed', () => {
  const lines = linesOf([
    message(1, NOON, 'me', 'failed'),
    message(2, NOON, 'me', 'seen'),
    message(3, NOON, 'me', 'sent'),
    message(4, NOON, 'agent', null),
  ]);
  const told = lines.flatMap((line) => (line.kind === 'message' ? [line.told] : []));
  expect(told).toEqual([true, false, true, false]);
});
