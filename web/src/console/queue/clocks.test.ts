import { describe, expect, it } from 'vitest';
import type { ConversationSummary, ServiceClock } from '@/client/protocol.gen';
import { clockKey, countdown, warnings } from './clocks';
import { departmentsOf, placesOf } from './places';

const clock: ServiceClock = { kind: 'first', since: 0, warn_at: 40_000, due_at: 60_000 };
const department = { id: 'd', name: 'Sales' };
const queue = { task: 't', department, since: 0 };
const row = (part: Partial<ConversationSummary>): ConversationSummary => ({
  id: 'c',
  seq: 1,
  state: 'active',
  visitor: { id: 'v' },
  lang: 'en',
  opened_at: 0,
  ...part,
});

describe('the clock of an answer', () => {
  it('is pending, imminent from its warning on, and breached after it was due', () => {
    const at = (now: number) => countdown({ clock }, now);
    expect(at(0)).toEqual({ state: 'pending', of: 'first', seconds: 60 });
    expect(at(39_999)?.state).toBe('pending');
    expect(at(40_000)).toEqual({ state: 'imminent', of: 'first', seconds: 20 });
    expect(at(60_000)).toEqual({ state: 'imminent', of: 'first', seconds: 0 });
    expect(at(60_001)?.state).toBe('breached');
    expect(at(95_000)).toEqual({ state: 'breached', of: 'first', seconds: 35 });
  });

  it('gives way to the wait for somebody, when that is due first', () => {
    const waits = { clock, queue: { ...queue, due_at: 50_000 } };
    expect(countdown(waits, 0)).toEqual({ state: 'pending', of: 'wait', seconds: 50 });
    expect(countdown({ clock, queue: { ...queue, due_at: 70_000 } }, 0)?.of).toBe('first');
  });

  it('does not hurry for a call that was asked for later', () => {
    const later = { queue: { ...queue, due_at: 50_000, callback_at: 90_000 } };
    expect(countdown(later, 60_000)).toBe(null);
    expect(countdown(later, 95_000)?.state).toBe('breached');
  });

  it('says nothing when nothing is awaited', () => {
    expect(countdown({}, 0)).toBe(null);
    expect(countdown({ queue }, 0)).toBe(null);
  });
});

describe('the warning before an answer is late', () => {
  const mine = row({ assignee: { id: 'me', role: 'agent' }, clock });
  const nothing: ReadonlySet<string> = new Set();

  it('comes for mine, from the moment of warning, and once for each clock', () => {
    expect(warnings([mine], 'me', 39_999, nothing)).toEqual([]);
    expect(warnings([mine], 'me', 40_000, nothing)).toEqual([mine]);
    expect(warnings([mine], 'me', 40_000, new Set([clockKey('c', clock)]))).toEqual([]);
    const next = row({ ...mine, clock: { ...clock, kind: 'next', since: 1 } });
    expect(warnings([next], 'me', 40_000, new Set([clockKey('c', clock)]))).toEqual([next]);
  });

  it('leaves the customers of others to them', () => {
    expect(warnings([mine], 'other', 50_000, nothing)).toEqual([]);
    expect(warnings([row({ ...mine, state: 'closed' })], 'me', 50_000, nothing)).toEqual([]);
  });
});

describe('places in the queue', () => {
  const waits = (id: string, since: number, part = {}) =>
    row({ id, state: 'waiting', queue: { ...queue, since, ...part } });

  it('go by age within each department', () => {
    const other = { id: 'e', name: 'Advice' };
    const rows = [waits('b', 20), waits('a', 10), waits('x', 15, { department: other })];
    expect([...placesOf(rows, 100)]).toEqual([
      ['a', 1],
      ['x', 1],
      ['b', 2],
    ]);
    expect(departmentsOf(rows).map(({ name }) => name)).toEqual(['Advice', 'Sales']);
  });

  it('are not held by who will be called later, and are theirs again then', () => {
    const rows = [waits('a', 10, { callback_at: 500 }), waits('b', 20), row({ id: 'z' })];
    expect([...placesOf(rows, 100)]).toEqual([['b', 1]]);
    expect(placesOf(rows, 500).get('b')).toBe(2);
  });
});
