import { expect, it } from 'vitest';
import { readPlayer } from './player.ts';

it('takes the agreed shapes, with their own fields only', () => {
  expect(readPlayer({ t: 'shown', epoch: 1, seq: 0, more: 1 })).toEqual({
    t: 'shown',
    epoch: 1,
    seq: 0,
  });
  expect(readPlayer({ t: 'pointer', x: 1.5, y: -2, viewer: 'w2' })).toEqual({
    t: 'pointer',
    x: 1.5,
    y: -2,
  });
  expect(
    readPlayer({ t: 'operate', epoch: 1, op: 'fill', node: 2, fx: 0, fy: 1, value: 'a', id: 'x' }),
  ).toEqual({ t: 'operate', epoch: 1, op: 'fill', node: 2, fx: 0, fy: 1, value: 'a' });
});

it('reads a pointer without a place as one that is gone', () => {
  expect(readPlayer({ t: 'pointer' })).toEqual({ t: 'pointer', x: null, y: null });
  expect(readPlayer({ t: 'highlight', node: null })).toEqual({ t: 'highlight', node: null });
});

it.each([
  null,
  'resync',
  { t: 'hello', token: 'x' },
  { t: 'shown', epoch: -1, seq: 0 },
  { t: 'size', width: Number.NaN, height: 1, scale: 1 },
  { t: 'stroke', stroke: 's', points: [[1]] },
  { t: 'stroke', stroke: 's', points: Array.from({ length: 201 }, () => [1, 1]) },
  { t: 'stroke', stroke: 's'.repeat(65), points: [[1, 1]] },
  { t: 'operate', epoch: 1, op: 'submit', node: 2, fx: 0, fy: 1 },
  { t: 'operate', epoch: 1, op: 'click', node: 2, fx: 0 },
])('drops what is not of any: %j', (data) => {
  expect(readPlayer(data)).toBeNull();
});
