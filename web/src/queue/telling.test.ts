import { expect, test } from 'vitest';
import { newsOf, tellIn } from './telling.ts';

const WAIT = { kind: 'about', low: 2, high: 4 } as const;
const WAITING = { kind: 'waiting', place: 2, wait: WAIT, long: false } as const;

test('a range that moved is no news; a place, an offer and a way out are', () => {
  const second = newsOf(WAITING);
  expect(newsOf({ ...WAITING, wait: { kind: 'minute' }, long: true })).toBe(second);
  const others = [
    newsOf({ ...WAITING, place: 1 }),
    newsOf({ kind: 'ringing' }),
    newsOf({ kind: 'callback', at: 5 }),
    newsOf({ kind: 'left', reason: 'closed' }),
  ];
  expect(new Set([second, ...others]).size).toBe(5);
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

test('the end of the wait is told at once', () => {
  expect(tellIn('left message', { news: 'waiting 1', at: 0 }, 2_000)).toBe(1000);
  expect(tellIn('callback 5', { news: 'ringing', at: 0 }, 2_000)).toBe(1000);
});
