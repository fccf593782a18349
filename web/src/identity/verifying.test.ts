/** How a visitor gets to the bank and back, and what their tab makes of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '@/client/api.ts';
import { settle } from '@/client/testing/server.ts';
import { ADDRESS, BANK_A, BANK_B, Tab } from './testing.ts';
import type { Started } from './wire.ts';

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

describe('the question', () => {
  test('nothing is asked of the server before somebody asks the visitor', async () => {
    const verifying = tab.open();
    await settle();
    expect(verifying.phase.value).toBe('idle');
    expect(verifying.methods.value).toBeNull();
  });

  test('only what proves enough can be chosen', async () => {
    const verifying = await tab.asked({ level: 'high' });
    expect(verifying.methods.value).toEqual([BANK_B]);
  });

  test('declined, it is gone at once and is not shown again', async () => {
    const verifying = await tab.asked();
    verifying.decline();
    expect(verifying.phase.value).toBe('idle');
    expect(tab.sent).toEqual([{ t: 'identity.end', conv: 'c1', verification: 'v1' }]);
    tab.says({ failed: 'expired' });
    expect(verifying.phase.value).toBe('idle');
    tab.says({ id: 'v2' });
    expect(verifying.phase.value).toBe('asked');
  });
});

describe('the way to the bank', () => {
  test('on a desk a window opens in the click, before the server has answered', async () => {
    const verifying = await tab.asked();
    verifying.choose(BANK_A);
    expect(tab.windows.map(([way]) => way)).toEqual(['popup']);
    expect(verifying.phase.value).toBe('starting');
    await settle();
    expect(tab.posts).toEqual([
      [
        '/identity/verifications/v1/attempts',
        { conv: 'c1', method: 'demo.a', way: 'popup', lang: 'en' },
      ],
    ]);
    expect(tab.gone).toEqual([['h-a1', 'opened']]);
    expect(verifying.phase.value).toBe('waiting');
  });

  test('on a phone the bank takes the page, which it comes back to in full', async () => {
    tab.phone = true;
    await tab.chosen();
    expect(tab.windows).toEqual([]);
    expect(tab.gone).toEqual([['h-a1', 'same']]);
    expect(tab.posts[0]?.[1]).toMatchObject({ way: 'same', return_url: ADDRESS });
  });

  test('on a phone in a call the bank takes a tab, and the call goes on', async () => {
    tab.phone = true;
    tab.busy = true;
    const verifying = await tab.chosen();
    expect(tab.windows.map(([way]) => way)).toEqual(['tab']);
    expect(tab.gone).toEqual([['h-a1', 'opened']]);
    expect(verifying.canLeave).toBe(false);
  });

  test('a blocked window is said, and a tab opens in the next click without waiting', async () => {
    tab.blocks = true;
    const verifying = await tab.chosen();
    expect(verifying.phase.value).toBe('blocked');
    expect(tab.gone).toEqual([]);
    verifying.openTab();
    expect(tab.gone).toEqual([['h-a1', 'tab']]);
    expect(tab.posts).toHaveLength(1);
    expect(verifying.phase.value).toBe('waiting');
  });

  test('a handle that is too old is not used', async () => {
    tab.blocks = true;
    const verifying = await tab.chosen();
    await tab.clock.pass(51_000);
    tab.blocks = false;
    verifying.openTab();
    await settle();
    expect(tab.posts).toHaveLength(2);
    expect(tab.gone).toEqual([['h-a2', 'opened']]);
  });

  test('blocked, the bank may take the page, but not from under a call', async () => {
    tab.blocks = true;
    const verifying = await tab.chosen();
    tab.busy = true;
    verifying.openHere();
    await settle();
    expect(tab.posts).toHaveLength(1);
    tab.busy = false;
    verifying.openHere();
    await settle();
    expect(tab.gone).toEqual([['h-a2', 'same']]);
  });

  test('a start that fails closes the window and can be tried again', async () => {
    tab.start = () => Promise.reject(new ApiError(0, 'network', ''));
    const verifying = await tab.chosen();
    expect(verifying.phase.value).toBe('asked');
    expect(verifying.trouble.value).toBe('network');
    expect(tab.windows[0]?.[1].closed).toBe(true);
    tab.start = () => Promise.reject(new ApiError(409, 'no_verification', ''));
    verifying.choose(BANK_A);
    expect(verifying.trouble.value).toBeNull();
    await settle();
    expect(verifying.trouble.value).toBe('refused');
  });

  test('a request that ends under the click leads nowhere', async () => {
    const verifying = await tab.asked();
    verifying.choose(BANK_A);
    tab.says(null);
    await settle();
    expect(tab.gone).toEqual([]);
    expect(tab.windows[0]?.[1].closed).toBe(true);
    expect(verifying.phase.value).toBe('idle');
  });
});

describe('while the bank has the word', () => {
  test('a window that seems closed is a hint: the attempt goes on', async () => {
    const verifying = await tab.chosen();
    tab.opened('a1');
    const [, opened] = tab.windows[0] ?? [];
    if (opened) opened.closed = true;
    await tab.clock.pass(1_000);
    expect(verifying.closed.value).toBe(true);
    expect(verifying.phase.value).toBe('waiting');
    expect(tab.posts).toHaveLength(1);
    tab.says(null); // verified, by a window that only seemed closed
    expect(verifying.phase.value).toBe('idle');
  });

  test('going on brings the window to the front, or begins anew where there is none', async () => {
    const verifying = await tab.chosen();
    tab.opened('a1');
    verifying.goOn();
    expect(tab.windows[0]?.[1].focused).toBe(1);
    tab.windows[0]?.[1].close();
    verifying.goOn();
    await settle();
    expect(tab.posts).toHaveLength(2);
    expect(tab.windows).toHaveLength(2);
  });

  test('the answer to a start may come before its event or after it', async () => {
    const verifying = await tab.asked();
    let answer = (_: Started) => {};
    tab.start = () => new Promise((resolve) => (answer = resolve));
    verifying.choose(BANK_A);
    await settle();
    tab.opened('a1');
    tab.says({ state: 'asked', attempt: null, failed: 'unavailable' });
    answer({ attempt: 'a1', kind: 'redirect', handle: 'h' });
    await settle();
    expect(verifying.phase.value).toBe('asked');
    expect(verifying.failed.value).toBe('unavailable');
  });

  test('cancelling is told, closes the window, and lets choose again', async () => {
    const verifying = await tab.chosen();
    tab.opened('a1');
    await verifying.cancel();
    expect(tab.posts.at(-1)?.[0]).toBe('/identity/attempts/a1/cancel');
    expect(tab.windows[0]?.[1].closed).toBe(true);
    tab.says({ state: 'asked', attempt: null, failed: 'cancelled' });
    expect(verifying.phase.value).toBe('asked');
    expect(verifying.failed.value).toBe('cancelled');
  });

  test('another tab is at it: this one says so, and may cancel or begin here', async () => {
    const verifying = await tab.asked({ state: 'opened', attempt: 'x1' });
    expect(verifying.phase.value).toBe('elsewhere');
    await verifying.cancel();
    expect(tab.posts.at(-1)?.[0]).toBe('/identity/attempts/x1/cancel');
    verifying.choose(BANK_A);
    await settle();
    expect(verifying.phase.value).toBe('waiting');
  });

  test('the next page of the shop goes on, and knows the method', async () => {
    tab.phone = true;
    await tab.chosen();
    tab.opened('a1');
    const next = tab.open();
    await settle();
    expect(next.phase.value).toBe('waiting');
    expect(next.method.value?.label).toBe('Bank A');
  });
});

describe('what the line tells', () => {
  test('the tab that began it names the method, another does not', async () => {
    const verifying = await tab.chosen();
    tab.opened('a1');
    tab.says(null);
    expect(verifying.labelOf('v1')).toBe('Bank A');
    tab.kept.clear();
    expect(tab.open().labelOf('v1')).toBeNull();
  });

  test('it does not name a method by which another tab finished', async () => {
    const verifying = await tab.chosen();
    tab.opened('a1');
    tab.opened('x2');
    tab.says(null);
    expect(verifying.labelOf('v1')).toBeNull();
  });
});
