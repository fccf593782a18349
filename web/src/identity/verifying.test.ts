/** A visitor's tab against a conversation, a server and a bank that are the test. */
import { signal } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '@/client/api.ts';
import type { Entry } from '@/client/entries.ts';
import type { Command, Draft } from '@/client/frames.ts';
import type { ConversationState, TimelineEvent, VerificationState } from '@/client/protocol.gen.ts';
import { AGENT, FakeClock, settle, VISITOR } from '@/client/testing/server.ts';
import type { BankWindow } from './bank.ts';
import { drawQr } from './qr.ts';
import { Verifying } from './verifying.ts';
import type { Method, Progress, Started } from './wire.ts';

const BANK_A: Method = {
  id: 'demo.a',
  label: 'Bank A',
  kind: 'redirect',
  country: 'FI',
  level: 'substantial',
};
const BANK_B: Method = { ...BANK_A, id: 'demo.b', label: 'Bank B', level: 'high' };
const APP: Method = { ...BANK_A, id: 'demo.app', label: 'BankID', kind: 'bankid', country: 'SE' };
const ADDRESS = 'https://shop.example/tent?size=2#more';

class Window implements BankWindow {
  closed = false;
  focused = 0;

  focus(): void {
    this.focused += 1;
  }

  close(): void {
    this.closed = true;
  }
}

/** One tab of a visitor, over its pages; `posts`: what the server was asked, in order. */
class Tab {
  readonly clock = new FakeClock();
  readonly state = signal<ConversationState | null>(null);
  readonly entries = signal<Entry[]>([]);
  readonly windows: [way: string, opened: Window][] = [];
  readonly gone: [handle: string, where: string][] = [];
  readonly posts: [path: string, body: unknown][] = [];
  readonly sent: Draft<Command>[] = [];
  readonly kept = new Map<string, string>();
  methods: Method[] = [BANK_A, BANK_B, APP];
  progress: Progress = { status: 'pending', qr: 'bankid.1', hint: 'outstandingTransaction' };
  blocks = false;
  phone = false;
  busy = false;
  seen = true;
  polls = 0;
  start: () => Promise<Started> = async () => {
    const attempt = `a${this.posts.length}`;
    const { method } = this.posts.at(-1)?.[1] as { method: string };
    if (method === APP.id) return { attempt, kind: 'bankid' };
    return { attempt, kind: 'redirect', handle: `h-${attempt}` };
  };

  open(): Verifying {
    return new Verifying({
      connection: {
        now: () => this.clock.now(),
        send: async (command) => {
          this.sent.push(command);
          return { t: 'ack', id: '1' };
        },
      },
      api: {
        get: async <T>(path: string) => {
          if (path === '/identity/methods') return this.methods as T;
          this.polls += 1;
          return this.progress as T;
        },
        post: async <T>(path: string, body?: unknown) => {
          this.posts.push([path, body]);
          return (path.endsWith('/cancel') ? null : await this.start()) as T;
        },
      },
      thread: { state: this.state, entries: this.entries },
      bank: {
        open: (way) => {
          if (this.blocks) return null;
          const opened = new Window();
          this.windows.push([way, opened]);
          return opened;
        },
        go: (handle, where) => {
          this.gone.push([handle, where]);
        },
      },
      keeping: {
        recall: <T>(key: string) => JSON.parse(this.kept.get(key) ?? 'null') as T | null,
        keep: (key, value) => {
          this.kept.set(key, JSON.stringify(value));
        },
      },
      clock: this.clock,
      lang: 'en',
      phone: () => this.phone,
      busy: () => this.busy,
      address: () => ADDRESS,
      seen: () => this.seen,
    });
  }

  /** Let the server say how the request stands now. */
  says(change: Partial<VerificationState> | null): void {
    const before = this.state.value?.verification;
    const asked = {
      id: 'v1',
      by: AGENT,
      purpose: 'refund' as const,
      level: 'substantial' as const,
      expires_at: this.clock.now() + 600_000,
    };
    this.state.value = {
      id: 'c1',
      state: 'active',
      visitor: { id: VISITOR.id },
      lang: 'en',
      opened_at: 0,
      verification: change && { ...asked, ...before, ...change },
    };
  }

  /** Let the attempt be opened, as the conversation tells it. */
  opened(attempt: string): void {
    this.says({ state: 'opened', attempt, failed: null });
    this.tells({ kind: 'identity_opened', verification: 'v1', attempt, method: '' });
  }

  tells(event: TimelineEvent['event']): void {
    const seq = this.entries.value.length + 1;
    const entry: Entry = {
      key: String(seq),
      seq,
      at: 0,
      by: VISITOR,
      event,
      mine: true,
      status: null,
      failure: null,
    };
    this.entries.value = [...this.entries.value, entry];
  }
}

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

async function asked(change: Partial<VerificationState> = {}): Promise<Verifying> {
  const verifying = tab.open();
  tab.says(change);
  await settle();
  return verifying;
}

/** Choose, and let the server answer. */
async function chosen(method = BANK_A): Promise<Verifying> {
  const verifying = await asked();
  verifying.choose(method);
  await settle();
  return verifying;
}

describe('the question', () => {
  test('nothing is asked of the server before somebody asks the visitor', async () => {
    const verifying = tab.open();
    await settle();
    expect(verifying.phase.value).toBe('idle');
    expect(verifying.methods.value).toBeNull();
  });

  test('only what proves enough can be chosen', async () => {
    const verifying = await asked({ level: 'high' });
    expect(verifying.methods.value).toEqual([BANK_B]);
  });

  test('declined, it is gone at once and is not shown again', async () => {
    const verifying = await asked();
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
    const verifying = await asked();
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
    await chosen();
    expect(tab.windows).toEqual([]);
    expect(tab.gone).toEqual([['h-a1', 'same']]);
    expect(tab.posts[0]?.[1]).toMatchObject({ way: 'same', return_url: ADDRESS });
  });

  test('on a phone in a call the bank takes a tab, and the call goes on', async () => {
    tab.phone = true;
    tab.busy = true;
    const verifying = await chosen();
    expect(tab.windows.map(([way]) => way)).toEqual(['tab']);
    expect(tab.gone).toEqual([['h-a1', 'opened']]);
    expect(verifying.canLeave).toBe(false);
  });

  test('a blocked window is said, and a tab opens in the next click without waiting', async () => {
    tab.blocks = true;
    const verifying = await chosen();
    expect(verifying.phase.value).toBe('blocked');
    expect(tab.gone).toEqual([]);
    verifying.openTab();
    expect(tab.gone).toEqual([['h-a1', 'tab']]);
    expect(tab.posts).toHaveLength(1);
    expect(verifying.phase.value).toBe('waiting');
  });

  test('a handle that is too old is not used', async () => {
    tab.blocks = true;
    const verifying = await chosen();
    await tab.clock.pass(51_000);
    tab.blocks = false;
    verifying.openTab();
    await settle();
    expect(tab.posts).toHaveLength(2);
    expect(tab.gone).toEqual([['h-a2', 'opened']]);
  });

  test('blocked, the bank may take the page, but not from under a call', async () => {
    tab.blocks = true;
    const verifying = await chosen();
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
    const verifying = await chosen();
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
    const verifying = await asked();
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
    const verifying = await chosen();
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
    const verifying = await chosen();
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
    const verifying = await asked();
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
    const verifying = await chosen();
    tab.opened('a1');
    await verifying.cancel();
    expect(tab.posts.at(-1)?.[0]).toBe('/identity/attempts/a1/cancel');
    expect(tab.windows[0]?.[1].closed).toBe(true);
    tab.says({ state: 'asked', attempt: null, failed: 'cancelled' });
    expect(verifying.phase.value).toBe('asked');
    expect(verifying.failed.value).toBe('cancelled');
  });

  test('another tab is at it: this one says so, and may cancel or begin here', async () => {
    const verifying = await asked({ state: 'opened', attempt: 'x1' });
    expect(verifying.phase.value).toBe('elsewhere');
    await verifying.cancel();
    expect(tab.posts.at(-1)?.[0]).toBe('/identity/attempts/x1/cancel');
    verifying.choose(BANK_A);
    await settle();
    expect(verifying.phase.value).toBe('waiting');
  });

  test('the next page of the shop goes on, and knows the method', async () => {
    tab.phone = true;
    await chosen();
    tab.opened('a1');
    const next = tab.open();
    await settle();
    expect(next.phase.value).toBe('waiting');
    expect(next.method.value?.label).toBe('Bank A');
  });
});

describe('what the line tells', () => {
  test('the tab that began it names the method, another does not', async () => {
    const verifying = await chosen();
    tab.opened('a1');
    tab.says(null);
    expect(verifying.labelOf('v1')).toBe('Bank A');
    tab.kept.clear();
    expect(tab.open().labelOf('v1')).toBeNull();
  });

  test('it does not name a method by which another tab finished', async () => {
    const verifying = await chosen();
    tab.opened('a1');
    tab.opened('x2');
    tab.says(null);
    expect(verifying.labelOf('v1')).toBeNull();
  });
});

describe('BankID', () => {
  test('its code is asked for once a second while it is shown', async () => {
    const verifying = await chosen(APP);
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
    const verifying = await chosen(APP);
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
    const verifying = await chosen(APP);
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
    await chosen(APP);
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
