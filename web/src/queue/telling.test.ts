import { expect, test } from 'vitest';
import { newsOf, tellIn } from './telling.ts';

const WAIT = { kind: 'about', low: 2, high: 4 } as const;
const WAITING = { kind: 'waiting', place: 2, wait: WAIT, long: false } as const;

test('a range that moved is no news; a place, an offer and an empty counter are', () => {
  const second = newsOf(WAITING);
  expect(newsOf({ ...WAITING, wait: { kind: 'minute' }, long: true })).toBe(second);
  const others = [
    newsOf({ ...WAITING, place: 1 }),
    newsOf({ kind: 'ringing' }),
    newsOf({ kind: 'unstaffed' }),
  ];
  expect(new Set([second, ...others]).size).toBe(4);
});

test('what the log tells is not told twice', () => {
  const quiet = [null, { kind: 'callback', at: 5 }, { kind: 'left', reason: 'closed' }] as const;
  expect(quiet.map(newsOf)).toEqual(['', '', '']);
});

test('the first is told soon, and nothing twice', () => {
  expect(tellIn('waiting 2', null, 0)).toBe(1000);
  expect(tellIn('waiting 2', { news: 'waiting 2', at: 0 }, 60_000)).toBeNull();
  expect(tellIn('', { news: 'waiting 2', at: 0 }, 60_000)).toBeNull();
});

test('what changes by itself is told twenty seconds apart', () => {
  expect(tellIn('ringing', { news: 'waiting 1', at: 0 }, 5_000)).toBe(15_000);
  expect(tellIn('waiting 1', { news: 'waiting 2', at: 0 }, 60_000)).toBe(1000);
});
