/** The shopper's leave: what it covers, how long, how often, and who comes first. */
import { expect, test } from 'vitest';
import type { Operate } from '../wire.gen.ts';
import { HELD_UP, LONGEST, RATE, Warrant } from './grant.ts';

const GRANT = { id: 'g', name: 'Anna', caps: ['click', 'scroll'] as Operate['op'][], left: 5000 };
const CLICK: Operate = { t: 'operate', id: 'o', grant: 'g', epoch: 3, op: 'click', node: 1 };

test('a live grant covers what it names', () => {
  const warrant = new Warrant(GRANT, 100);
  expect(warrant.refusal(CLICK, 3, 100)).toBeNull();
  expect(warrant.refusal({ ...CLICK, op: 'scroll' }, 3, 100)).toBeNull();
  expect(warrant.refusal({ ...CLICK, op: 'fill' }, 3, 100)).toBe('no_grant');
});

test('an operation under another grant is refused', () => {
  expect(new Warrant(GRANT, 0).refusal({ ...CLICK, grant: 'h' }, 3, 0)).toBe('no_grant');
});

test('a grant ends at its time, to the millisecond', () => {
  const warrant = new Warrant(GRANT, 100);
  expect(warrant.left(100)).toBe(5000);
  expect(warrant.refusal(CLICK, 3, 5099)).toBeNull();
  expect(warrant.refusal(CLICK, 3, 5100)).toBe('no_grant');
  expect(warrant.left(9000)).toBe(0);
});

test('no grant is longer than ten minutes, whatever it says', () => {
  const warrant = new Warrant({ ...GRANT, left: 1e9 }, 0);
  expect(warrant.left(0)).toBe(LONGEST);
  expect(warrant.refusal(CLICK, 3, LONGEST)).toBe('no_grant');
});

test('an operation of another epoch is stale', () => {
  const warrant = new Warrant(GRANT, 0);
  expect(warrant.refusal(CLICK, 4, 0)).toBe('stale');
  expect(warrant.refusal({ ...CLICK, epoch: 5 }, 4, 0)).toBe('stale');
});

test('the shopper holds control up for two seconds after what they did last', () => {
  const warrant = new Warrant(GRANT, 0);
  warrant.hold(100);
  warrant.hold(400);
  expect(warrant.busy(400)).toBe(true);
  expect(warrant.refusal(CLICK, 3, 400 + HELD_UP - 1)).toBe('shopper_busy');
  expect(warrant.refusal(CLICK, 3, 400 + HELD_UP)).toBeNull();
});

test('more than twenty in a second are refused, and count no further', () => {
  const warrant = new Warrant(GRANT, 0);
  for (let i = 0; i < RATE; i += 1) expect(warrant.refusal(CLICK, 3, i)).toBeNull();
  expect(warrant.refusal(CLICK, 3, 999)).toBe('rate_limited');
  expect(warrant.refusal(CLICK, 3, 1000)).toBeNull(); // the first is a second ago
  expect(warrant.refusal(CLICK, 3, 1000)).toBe('rate_limited');
});
