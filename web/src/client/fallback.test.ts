import { beforeEach, expect, test } from 'vitest';
import { Fallback, type FallbackState, type Strain } from './fallback.ts';

let fallback: Fallback;
let at: number;

beforeEach(() => {
  at = 0;
  fallback = new Fallback(0);
});

/** Looks every two seconds for `seconds`; returns the last state. `rate`: for a picture, bit/s. */
function look(seconds: number, rate: number | null, more: Partial<Strain> = {}): FallbackState {
  const end = at + 1000 * seconds;
  while (at < end) {
    at += 2_000;
    const strain = { at, room: rate, loss: 0, screen: false, ...more };
    fallback.look(strain, true);
  }
  return fallback.state;
}

const WEAK = 25_000;
const FAIR = 50_000;
const GOOD = 900_000;

test('a camera that gets through is never paused', () => {
  expect(look(600, GOOD)).toBe('sending');
  expect(look(600, FAIR)).toBe('sending');
  expect(fallback.counted(at)).toEqual({ count: 0, ms: 0 });
});

test('weak for six seconds pauses it, weak for less does not', () => {
  look(10, GOOD);
  expect(look(6, WEAK)).toBe('sending');
  expect(look(2, GOOD)).toBe('sending');
  expect(look(8, WEAK)).toBe('paused');
});

test('the first seconds of a connection say nothing', () => {
  expect(look(8, WEAK)).toBe('sending');
  expect(look(4, WEAK)).toBe('paused');
});

test('it is tried after ten seconds, and comes back when it gets through for four', () => {
  look(10, GOOD);
  look(8, WEAK);
  expect(look(8, WEAK)).toBe('paused');
  expect(look(2, WEAK)).toBe('trying');
  expect(look(4, GOOD)).toBe('trying');
  expect(look(2, GOOD)).toBe('sending');
  expect(fallback.counted(at)).toEqual({ count: 1, ms: 16_000 });
});

test('what is fair pauses nothing, and is not enough to come back', () => {
  look(10, GOOD);
  look(8, WEAK);
  look(10, FAIR);
  expect(fallback.state).toBe('trying');
  expect(look(8, FAIR)).toBe('paused');
});

test('each try in vain doubles the wait, to a minute at most', () => {
  look(10, GOOD);
  look(8, WEAK);
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    const paused = at;
    while (fallback.state === 'paused') look(2, WEAK);
    waits.push((at - paused) / 1000);
    while (fallback.state === 'trying') look(2, WEAK);
  }
  expect(waits).toEqual([10, 20, 40, 60, 60, 60]);
});

test('a try that is getting through at its end is let finish', () => {
  look(10, GOOD);
  look(8, WEAK);
  look(10, WEAK);
  expect(look(6, WEAK)).toBe('trying');
  expect(look(4, GOOD)).toBe('trying');
  expect(look(2, GOOD)).toBe('sending');
});

test('who insists has the camera on for a minute at least', () => {
  look(10, GOOD);
  look(8, WEAK);
  fallback.insist(at);
  expect(fallback.state).toBe('sending');
  expect(look(60, WEAK)).toBe('sending');
  expect(look(8, WEAK)).toBe('paused');
});

test('heavy loss pauses it where the browser estimates nothing', () => {
  look(10, null);
  expect(look(8, null, { loss: 0.3 })).toBe('paused');
  look(10, null, { loss: 0.3 });
  expect(look(8, null, { loss: 0.02 })).toBe('sending');
});

test('with a screen the camera goes sooner, and comes back later', () => {
  look(10, GOOD, { screen: true });
  expect(look(8, 200_000, { screen: true })).toBe('paused');
  look(10, 200_000, { screen: true });
  expect(look(8, 280_000, { screen: true })).toBe('paused');
  look(20, 280_000, { screen: true });
  expect(look(6, 320_000, { screen: true })).toBe('sending');
});

test('a camera that is turned off is not paused any more', () => {
  look(10, GOOD);
  look(8, WEAK);
  const strain = { at: at + 2_000, room: 0, loss: 0, screen: false };
  expect(fallback.look(strain, false)).toBe('sending');
});
