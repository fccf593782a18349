/** BankID without a page of its own: codes that are asked for, renewed and drawn. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '@/client/api.ts';
import { settle } from '@/client/testing/server.ts';
import { drawQr } from './qr.ts';
import { ADDRESS, APP, Tab } from './testing.ts';

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

describe('BankID', () => {
  test('its code is asked for once a second while it is shown', async () => {
    const verifying = await tab.chosen(APP);
    expect(tab.windows).toEqual([]);
    expect(tab.posts[0]?.[1]).toMatchObject({ way: 'none', return_url: ADDRESS });
    tab.opened('a1');
    await settle();
    expect(verifying.phase.value).toBe('bankid');
    expect(verifying.polling.progress.value?.qr).toBe('bankid.1');
    tab.progress = { ...tab.progress, qr: 'bankid.2' };
    await tab.clock.pass(3_000);
    expect(tab.polls).toBe(4);
    expect(verifying.polling.progress.value?.qr).toBe('bankid.2');
    tab.says(null);
    await tab.clock.pass(5_000);
    expect(tab.polls).toBe(4);
  });

  test('a lost connection hides the code, which may be too old, and asks on', async () => {
    const verifying = await tab.chosen(APP);
    tab.opened('a1');
    await settle();
    const good = tab.progress;
    Object.defineProperty(tab, 'progress', {
      configurable: true,
      get: () => {
        throw new ApiError(0, 'network', '');
      },
    });
    await tab.clock.pass(1_000);
    expect(verifying.polling.lost.value).toBe(true);
    Object.defineProperty(tab, 'progress', { value: good });
    await tab.clock.pass(1_000);
    expect(verifying.polling.lost.value).toBe(false);
  });

  test('a code that ran out is renewed by itself three times, and then by a click', async () => {
    const verifying = await tab.chosen(APP);
    for (let n = 1; n <= 4; n += 1) {
      expect(tab.posts).toHaveLength(n);
      tab.opened(`a${n}`);
      await settle();
      tab.says({ state: 'asked', attempt: null, failed: 'expired' });
      await settle();
    }
    expect(tab.posts).toHaveLength(4);
    expect(verifying.phase.value).toBe('asked');
    verifying.again();
    await settle();
    expect(tab.posts).toHaveLength(5);
  });

  test('nobody looks: no new code is made', async () => {
    await tab.chosen(APP);
    tab.opened('a1');
    tab.seen = false;
    tab.says({ state: 'asked', attempt: null, failed: 'expired' });
    await settle();
    expect(tab.posts).toHaveLength(1);
  });
});

test('a code is drawn with the margin that readers need, every dark module once', () => {
  const { path, size } = drawQr('bankid.67df3917-fa0d-44e5-b327-edcc928297f8.0.dc69358e712458a6');
  const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1H(\d+)z/g)].map((it) =>
    it.slice(1).map(Number),
  );
  expect(runs.map(([x, y, w]) => `M${x} ${y}h${w}v1H${x}z`).join('')).toBe(path);
  for (const [x = 0, y = 0, width = 0] of runs) {
    expect(x).toBeGreaterThanOrEqual(4);
    expect(y).toBeGreaterThanOrEqual(4);
    expect(x + width).toBeLessThanOrEqual(size - 4);
    expect(y).toBeLessThan(size - 4);
  }
  expect(runs[0]).toEqual([4, 4, 7, 4]); // the edge of the first finder
});
