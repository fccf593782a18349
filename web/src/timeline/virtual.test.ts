import { describe, expect, it } from 'vitest';
import { anchorAt, Offsets, scrollTo } from './virtual';

const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);

describe('virtual list', () => {
  it('draws a screenful of two thousand rows, not two thousand', () => {
    const offsets = new Offsets(keys(2000), new Map(), 50);
    const shown = offsets.window(50_000, 600, 200);
    expect(shown.to - shown.from).toBeLessThanOrEqual(22);
    expect(shown.from).toBe(996);
    expect(shown.above + shown.below + (shown.to - shown.from) * 50).toBe(offsets.total);
  });

  it('covers the view at both ends', () => {
    const offsets = new Offsets(keys(10), new Map(), 50);
    expect(offsets.window(0, 100, 50)).toEqual({ from: 0, to: 4, above: 0, below: 300 });
    expect(offsets.window(9999, 100, 50)).toMatchObject({ to: 10, below: 0 });
    expect(new Offsets([], new Map(), 50).window(0, 100, 50)).toEqual({
      from: 0,
      to: 0,
      above: 0,
      below: 0,
    });
  });

  it('finds rows of uneven heights', () => {
    const offsets = new Offsets(keys(3), new Map([['k1', 200]]), 50);
    expect([0, 49, 50, 249, 250, 299, 500].map((y) => offsets.at(y))).toEqual([
      0, 0, 1, 1, 2, 2, 2,
    ]);
  });

  it('keeps what is being read in place when older rows come above it', () => {
    const now = keys(10);
    const before = new Offsets(now, new Map(), 50);
    const anchor = anchorAt(now, before, 130);
    expect(anchor).toEqual({ key: 'k2', delta: -30 });
    const older = ['o1', 'o2', ...now];
    const after = new Offsets(older, new Map([['o1', 80]]), 50);
    expect(anchor && scrollTo(anchor, older, after)).toBe(130 + 80 + 50);
  });

  it('anchors the line under a day’s name, which older lines of that day go between', () => {
    const now = ['day', 'a', 'b'];
    const offsets = new Offsets(now, new Map(), 50);
    const anchor = anchorAt(now, offsets, 0, (key) => key === 'day');
    expect(anchor).toEqual({ key: 'a', delta: 50 });
    const older = ['day', 'older', 'a', 'b'];
    expect(anchor && scrollTo(anchor, older, new Offsets(older, new Map(), 50))).toBe(50);
  });

  it('keeps what is being read in place when a row above turns out taller', () => {
    const now = keys(10);
    const anchor = anchorAt(now, new Offsets(now, new Map(), 50), 100);
    expect(anchor && scrollTo(anchor, now, new Offsets(now, new Map([['k0', 90]]), 50))).toBe(140);
    expect(anchor && scrollTo(anchor, ['x'], new Offsets(['x'], new Map(), 50))).toBeNull();
  });
});
