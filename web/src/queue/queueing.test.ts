/** A visitor's wait against a conversation and a server that are the test. */
import { signal } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '@/client/api.ts';
import type { ConnectionState } from '@/client/connection.ts';
import { type Command, type Draft, type NackCode, Refused } from '@/client/frames.ts';
import type { ConversationState, QueuePlace, QueueState } from '@/client/protocol.gen.ts';
import { AGENT, FakeClock, settle } from '@/client/testing/server.ts';
import { isEmail, isPhone, Queueing } from './queueing.ts';

const QUEUE: QueueState = { task: 't1', department: { id: 'd1', name: 'Sales' }, since: 1 };
const WAITING: ConversationState = {
  id: 'c1',
  state: 'waiting',
  visitor: { id: 'v1' },
  lang: 'en',
  opened_at: 1,
  queue: QUEUE,
};

class Tab {
  readonly clock = new FakeClock();
  readonly state = signal<ConversationState | null>(WAITING);
  readonly place = signal<QueuePlace | null>({ t: 'queue', conv: 'c1', place: 2 });
  readonly online = signal<ConnectionState>('online');
  readonly sent: Draft<Command>[] = [];
  readonly asked: string[] = [];
  readonly kept = new Map<string, unknown>();
  refusal: NackCode | null = null;
  times: (() => Promise<unknown>) | null = null;

  open(): Queueing {
    return new Queueing({
      connection: {
        state: this.online,
        now: () => this.clock.now(),
        send: async (draft: Draft<Command>) => {
          this.sent.push(draft);
          if (this.refusal) throw new Refused(this.refusal);
          return { t: 'ack', id: 'x' };
        },
      },
      thread: { conv: signal('c1'), state: this.state },
      api: {
        get: async <T>(path: string) => {
          this.asked.push(path);
          return (await (this.times?.() ?? { times: [2_000_000] })) as T;
        },
      },
      place: this.place,
      keeping: {
        recall: <T>(key: string) => (this.kept.get(key) as T) ?? null,
        keep: (key, value) => this.kept.set(key, value),
      },
      clock: this.clock,
    });
  }
}

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

describe('a message instead of waiting', () => {
  test('is left with the address, which is not asked for twice', async () => {
    const queueing = tab.open();
    queueing.show('message');
    queueing.email.value = ' me@example.com ';
    await queueing.leave();
    expect(tab.sent).toEqual([{ t: 'queue.leave', conv: 'c1', email: 'me@example.com' }]);
    expect(queueing.view.value).toBe('standing');
    expect(tab.open().told).toEqual({ email: true }); // on the shop's next page too
  });

  test('an address can be told later, when the wait ended otherwise', async () => {
    const queueing = tab.open();
    tab.state.value = { ...WAITING, queue: null, left: 'overflow' };
    queueing.show('email');
    queueing.email.value = 'me@example.com';
    await queueing.saveEmail();
    expect(tab.sent.at(-1)).toEqual({ t: 'contact.set', conv: 'c1', email: 'me@example.com' });
    expect([queueing.told.email, queueing.view.value]).toEqual([true, 'standing']);
  });
});

describe('a call back', () => {
  test('offers the times of this conversation, fetched when they are wanted', async () => {
    const queueing = tab.open();
    expect(tab.asked).toEqual([]);
    queueing.show('callback');
    await settle();
    expect(tab.asked).toEqual(['/queue/callback-times?conv=c1']);
    expect(queueing.times.value).toEqual({ times: [2_000_000] });
  });

  test('is booked with or without a number', async () => {
    const queueing = tab.open();
    await queueing.book(2_000_000);
    expect(queueing.told.phone).toBe(false);
    queueing.phone.value = '040 123 4567';
    await queueing.book(2_000_000);
    expect(tab.sent.at(-1)).toMatchObject({ t: 'queue.callback', phone: '040 123 4567' });
    expect(queueing.told.phone).toBe(true);
  });

  test('can be changed or taken back until its time; then the place in line shows', async () => {
    const queueing = tab.open();
    tab.state.value = { ...WAITING, queue: { ...QUEUE, callback_at: tab.clock.now() + 60_000 } };
    expect(queueing.standing.value?.kind).toBe('callback');
    queueing.show('callback');
    expect(queueing.view.value).toBe('callback');
    await queueing.join();
    expect(tab.sent.at(-1)).toEqual({ t: 'queue.join', conv: 'c1' });
    await tab.clock.pass(60_000);
    expect(queueing.standing.value?.kind).toBe('waiting');
  });

  test('a time that has closed is told, and the times are fetched anew', async () => {
    const queueing = tab.open();
    queueing.show('callback');
    tab.refusal = 'not_open';
    await queueing.book(2_000_000);
    expect(queueing.trouble.value).toBe('notOpen');
    expect([queueing.view.value, tab.asked.length]).toEqual(['callback', 2]);
  });

  test('times that do not come can be asked for again', async () => {
    tab.times = () => Promise.reject(new ApiError(503, 'http', ''));
    const queueing = tab.open();
    queueing.show('callback');
    await settle();
    expect([queueing.lost.value, queueing.times.value]).toEqual([true, null]);
    tab.times = null;
    await queueing.loadTimes();
    expect([queueing.lost.value, queueing.times.value]).toEqual([false, { times: [2_000_000] }]);
  });

  test('an answer that was overtaken by a later question is not shown', async () => {
    const queueing = tab.open();
    let late: (answer: unknown) => void = () => {};
    tab.times = () => new Promise((resolve) => (late = resolve));
    const first = queueing.loadTimes();
    tab.times = null;
    await queueing.loadTimes();
    late({ times: [1] });
    await first;
    expect(queueing.times.value).toEqual({ times: [2_000_000] });
  });
});

test('somebody whom the shop knows may have told an address there', () => {
  const queueing = tab.open();
  expect(queueing.identified).toBe(false);
  tab.state.value = { ...WAITING, visitor: { id: 'v1', kind: 'identified' } };
  expect(queueing.identified).toBe(true);
});

describe('what is being looked at', () => {
  test('goes when somebody serves, and does not come back with the next wait', () => {
    const queueing = tab.open();
    queueing.show('message');
    tab.state.value = { ...WAITING, state: 'active', assignee: AGENT, queue: null };
    expect([queueing.standing.value, queueing.view.value]).toEqual([null, 'standing']);
    tab.state.value = WAITING;
    expect(queueing.view.value).toBe('standing');
  });

  test('stays while the place changes and while somebody is being asked', () => {
    const queueing = tab.open();
    queueing.show('callback');
    tab.place.value = { t: 'queue', conv: 'c1', place: 1, ringing: true };
    expect(queueing.view.value).toBe('callback');
  });

  test('is not a way out that is no longer open', () => {
    const queueing = tab.open();
    queueing.show('message');
    tab.state.value = { ...WAITING, queue: null, left: 'closed' };
    expect(queueing.view.value).toBe('standing');
  });
});

describe('what goes wrong', () => {
  test('without a connection nothing is done later than it was meant', async () => {
    const queueing = tab.open();
    tab.online.value = 'offline';
    await queueing.leave();
    expect([queueing.trouble.value, tab.sent]).toEqual(['network', []]);
    tab.online.value = 'online';
    expect(queueing.trouble.value).toBeNull();
  });

  test.each([
    ['not_waiting', 'notWaiting'],
    ['conversation_closed', 'notWaiting'],
    ['not_open', 'nobody'],
    ['bad_text', 'check'],
    ['rate_limited', 'soon'],
    ['unavailable', 'network'],
    ['internal', 'other'],
  ] as const)('%s is told as %s', async (code, trouble) => {
    const queueing = tab.open();
    tab.refusal = code;
    await queueing.join();
    expect([queueing.trouble.value, queueing.busy.value]).toEqual([trouble, null]);
    queueing.show('standing');
    expect(queueing.trouble.value).toBeNull();
  });

  test('a refusal is not told any more when one stands otherwise', async () => {
    const queueing = tab.open();
    tab.refusal = 'not_waiting';
    await queueing.leave();
    tab.state.value = { ...WAITING, queue: null, left: 'closed' };
    expect(queueing.trouble.value).toBeNull();
  });

  test('a refusal stays to be read while others come and go', async () => {
    const queueing = tab.open();
    tab.refusal = 'internal';
    await queueing.leave();
    tab.place.value = { t: 'queue', conv: 'c1', place: 1, ringing: true };
    expect(queueing.trouble.value).toBe('other');
  });

  test('a press while something is under way does nothing', async () => {
    const queueing = tab.open();
    await Promise.all([queueing.join(), queueing.join()]);
    expect(tab.sent).toHaveLength(1);
  });
});

test('addresses and numbers are taken as people write them', () => {
  expect(['me@example.com', 'a.b+c@d.co.uk'].map(isEmail)).toEqual([true, true]);
  expect(['me', 'me@example', 'me@.fi', 'a b@c.fi'].some(isEmail)).toBe(false);
  expect(['040 1234567', '+358 (0)40-123 4567', '010101'].map(isPhone)).toEqual([true, true, true]);
  expect(['', '12', '+-()   -', 'call me', '+'.repeat(6)].some(isPhone)).toBe(false);
});
