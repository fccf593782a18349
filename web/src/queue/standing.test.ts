import { describe, expect, test } from 'vitest';
import type { ConversationState, QueuePlace, QueueState } from '@/client/protocol.gen.ts';
import { AGENT } from '@/client/testing/server.ts';
import { standingOf, waitOf } from './standing.ts';

const NOW = 1_000_000;
const QUEUE: QueueState = { task: 't1', department: { id: 'd1', name: 'Sales' }, since: NOW };
const WAITING: ConversationState = {
  id: 'c1',
  state: 'waiting',
  visitor: { id: 'v1' },
  lang: 'en',
  opened_at: NOW,
  queue: QUEUE,
};
const PLACE: QueuePlace = { t: 'queue', conv: 'c1', place: 2, low: 120, high: 230 };

function stands(state: Partial<ConversationState>, place: Partial<QueuePlace> | null = {}) {
  return standingOf({ ...WAITING, ...state }, place && { ...PLACE, ...place }, NOW);
}

describe('what is shown', () => {
  test('nothing before a conversation, while somebody serves, and after the end', () => {
    expect(standingOf(null, null, NOW)).toBeNull();
    expect(stands({ state: 'active', assignee: AGENT, queue: null })).toBeNull();
    expect(stands({ assignee: AGENT })).toBeNull(); // the place that is still on its way is old
    expect(stands({ state: 'closed', queue: null })).toBeNull();
  });

  test('nothing for a message that was left while nobody was there', () => {
    expect(stands({ queue: null, offline: true })).toBeNull();
  });

  test('the place and the wait as they were told last', () => {
    const wait = { kind: 'about', low: 2, high: 4 };
    expect(stands({})).toEqual({ kind: 'waiting', place: 2, wait, long: false });
  });

  test('no place is made up before one is told, nor taken from another conversation', () => {
    const unknown = { kind: 'waiting', place: 0, wait: { kind: 'unknown' }, long: false };
    expect(stands({}, null)).toEqual(unknown);
    expect(stands({}, { conv: 'c0' })).toEqual(unknown);
  });

  test('somebody is being asked, also when it was time for a call back', () => {
    expect(stands({}, { ringing: true })).toEqual({ kind: 'ringing' });
    const queue = { ...QUEUE, callback_at: NOW + 5 };
    expect(stands({ queue }, { ringing: true })).toEqual({ kind: 'ringing' });
  });

  test('nobody who could take it is there', () => {
    expect(stands({}, { staffed: false })).toEqual({ kind: 'unstaffed' });
  });

  test('a call back until its time, whoever is there meanwhile; then the place in line', () => {
    const queue = { ...QUEUE, callback_at: NOW + 1 };
    expect(stands({ queue }, { staffed: false })).toEqual({ kind: 'callback', at: NOW + 1 });
    expect(stands({ queue: { ...QUEUE, callback_at: NOW } })?.kind).toBe('waiting');
  });

  test('why it waits no longer, whatever place was told before', () => {
    expect(stands({ queue: null, left: 'overflow' })).toEqual({ kind: 'left', reason: 'overflow' });
  });

  test('the wait is long when it is five minutes at least, or may be fifteen', () => {
    expect(stands({}, { low: 299, high: 899 })).toMatchObject({ long: false });
    expect(stands({}, { low: 300, high: 600 })).toMatchObject({ long: true });
    expect(stands({}, { low: 0, high: 900 })).toMatchObject({ long: true });
  });
});

describe('the wait', () => {
  test.each([
    [null, null, { kind: 'unknown' }],
    [10, null, { kind: 'unknown' }],
    [0, 0, { kind: 'minute' }],
    [20, 60, { kind: 'minute' }],
    [20, 61, { kind: 'upTo', high: 2 }],
    [60, 61, { kind: 'about', low: 1, high: 2 }],
    [119, 240, { kind: 'about', low: 1, high: 4 }],
    [120, 120, { kind: 'about', low: 2, high: 2 }],
    [400, 620, { kind: 'about', low: 5, high: 15 }],
    [200, 700, { kind: 'upTo', high: 15 }],
    [1500, 2500, { kind: 'about', low: 15, high: 45 }],
    [3000, 6000, { kind: 'over', low: 45 }],
    [9000, 20_000, { kind: 'over', low: 60 }],
    [30, 20_000, { kind: 'unknown' }],
  ] as const)('%s to %s seconds', (low, high, wait) => {
    expect(waitOf(low, high)).toEqual(wait);
  });

  test('what is told holds what was reckoned, for every range', () => {
    for (let low = 0; low < 6000; low += 37) {
      for (let high = low; high < 8000; high += 41) {
        const wait = waitOf(low, high);
        const from = wait.kind === 'about' || wait.kind === 'over' ? wait.low : 0;
        const to = 'high' in wait ? wait.high : wait.kind === 'minute' ? 1 : Number.MAX_VALUE;
        expect(from * 60).toBeLessThanOrEqual(low);
        expect(to * 60).toBeGreaterThanOrEqual(high);
      }
    }
  });
});
