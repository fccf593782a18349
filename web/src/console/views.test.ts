import { describe, expect, it } from 'vitest';
import type { ConversationSummary } from '@/client/protocol.gen';
import { clock, countViews, holdOrder, listRows, neighbour, urgency, waitedSeconds } from './views';

const me = 'me';

function row(id: string, over: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id,
    seq: 1,
    state: 'waiting',
    visitor: { id: `v-${id}` },
    lang: 'en',
    opened_at: 1000,
    ...over,
  };
}

const agent = (id: string) => ({ id, role: 'agent' as const, name: id });
const listing = { view: 'all' as const, order: 'longest' as const, unreadOnly: false, me };
const ids = (rows: ConversationSummary[]) => rows.map((r) => r.id);

describe('views', () => {
  it('puts the longest waiting first and answered conversations after every unanswered one', () => {
    const rows = [
      row('answered-old', { state: 'active', last: { at: 1, role: 'agent' } }),
      row('late', { waiting_since: 9000 }),
      row('early', { state: 'active', waiting_since: 2000 }),
      row('answered-new', { state: 'active', last: { at: 8000, role: 'agent' } }),
    ];
    expect(ids(listRows(rows, listing))).toEqual(['early', 'late', 'answered-new', 'answered-old']);
  });

  it('orders equal times by id, so that they never swap places', () => {
    const rows = [row('b', { waiting_since: 5 }), row('a', { waiting_since: 5 })];
    expect(ids(listRows(rows, listing))).toEqual(['a', 'b']);
    expect(ids(listRows([...rows].reverse(), listing))).toEqual(['a', 'b']);
  });

  it('holds the newest or the oldest first when asked', () => {
    const rows = [
      row('a', { opened_at: 1, last: { at: 10, role: 'visitor' } }),
      row('b', { opened_at: 2, last: { at: 30, role: 'visitor' } }),
    ];
    expect(ids(listRows(rows, { ...listing, order: 'newest' }))).toEqual(['b', 'a']);
    expect(ids(listRows(rows, { ...listing, order: 'oldest' }))).toEqual(['a', 'b']);
  });

  it('has what I advise on among mine, and leaves its unread lines to whoever serves', () => {
    const theirs = row('theirs', { state: 'active', assignee: agent('other'), unread: 3 });
    const observer = { person: agent(me), part: 'whisper' as const, since: 1 };
    const rows = [
      { ...theirs, id: 'asked', consult: { to: agent(me), by: agent('other') } },
      { ...theirs, id: 'advised', observers: [observer] },
      theirs,
    ];
    expect(ids(listRows(rows, { ...listing, view: 'mine' }))).toEqual(['advised', 'asked']);
    expect(countViews(rows, me)).toMatchObject({ mine: 2, unread: 0 });
  });

  it('shows one department when asked, by where it waits or whose it is', () => {
    const department = { id: 'd', name: 'Tents' };
    const rows = [
      row('waits', { queue: { task: 't', department, since: 1 } }),
      row('served', { state: 'active', department }),
      row('other', { department: { id: 'e', name: 'Skis' } }),
      row('none'),
    ];
    const shown = ids(listRows(rows, { ...listing, department: 'd' }));
    expect(shown.sort()).toEqual(['served', 'waits']);
  });

  it('tells no wait of somebody who wants a call later, until then', () => {
    const queue = {
      task: 't',
      department: { id: 'd', name: 'Tents' },
      since: 1,
      callback_at: 9000,
    };
    const later = row('later', { waiting_since: 1000, queue });
    expect(waitedSeconds(later, 5000)).toBe(null);
    expect(waitedSeconds(later, 10_000)).toBe(9);
  });

  it('counts a conversation offered to me as mine, and a closed one as nobody’s', () => {
    const rows = [
      row('waiting'),
      row('mine', { state: 'active', assignee: agent(me), unread: 2 }),
      row('offered', {
        state: 'active',
        assignee: agent('other'),
        transfer: { to: agent(me), by: agent('other') },
      }),
      row('theirs', { state: 'active', assignee: agent('other'), unread: 9 }),
      row('closed', { state: 'closed', assignee: agent(me), unread: 1 }),
    ];
    expect(countViews(rows, me)).toEqual({ waiting: 1, mine: 2, all: 4, unread: 1 });
    expect(ids(listRows(rows, { ...listing, view: 'mine' })).sort()).toEqual(['mine', 'offered']);
    expect(ids(listRows(rows, { ...listing, view: 'closed' }))).toEqual(['closed']);
  });

  it('shows the newest closed first whatever the order is', () => {
    const rows = [
      row('a', { state: 'closed', closed_at: 1 }),
      row('b', { state: 'closed', closed_at: 2 }),
    ];
    expect(ids(listRows(rows, { ...listing, view: 'closed', order: 'oldest' }))).toEqual([
      'b',
      'a',
    ]);
  });

  it('keeps the open conversation under the unread filter', () => {
    const rows = [row('read'), row('unread', { unread: 1 }), row('open')];
    expect(ids(listRows(rows, { ...listing, unreadOnly: true, keep: 'open' }))).toEqual([
      'open',
      'unread',
    ]);
  });

  it('moves nothing under the pointer: known rows stay, new ones follow, gone ones leave', () => {
    const sorted = [row('new'), row('c'), row('a')];
    expect(ids(holdOrder(['a', 'b', 'c'], sorted))).toEqual(['a', 'c', 'new']);
  });

  it('steps to the neighbour and stops at the ends', () => {
    expect(neighbour(['a', 'b'], null, 1)).toBe('a');
    expect(neighbour(['a', 'b'], null, -1)).toBe('b');
    expect(neighbour(['a', 'b'], 'a', 1)).toBe('b');
    expect(neighbour(['a', 'b'], 'b', 1)).toBe('b');
    expect(neighbour(['a', 'b'], 'gone', 1)).toBe('a');
    expect(neighbour([], 'a', 1)).toBeNull();
  });

  it('tells a wait in words that grow', () => {
    expect(waitedSeconds(row('a'), 9000)).toBeNull();
    expect(waitedSeconds(row('a', { waiting_since: 1000 }), 66_900)).toBe(65);
    expect(waitedSeconds(row('a', { waiting_since: 5000 }), 1000)).toBe(0);
    expect([0, 59, 60, 187, 3600, 7500, 90_000].map(clock)).toEqual([
      '0 s',
      '59 s',
      '1:00',
      '3:07',
      '1 h 00',
      '2 h 05',
      '1 d 1 h',
    ]);
    expect([10, 60, 180].map(urgency)).toEqual(['calm', 'soon', 'late']);
  });
});
