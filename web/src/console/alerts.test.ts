import { describe, expect, it } from 'vitest';
import type { ConversationSummary } from '@/client/protocol.gen';
import { newsOf } from './alerts';

const me = { id: 'me', role: 'agent' as const };
const other = { id: 'other', role: 'agent' as const };

function row(over: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id: 'c',
    seq: 1,
    state: 'waiting',
    visitor: { id: 'v' },
    lang: 'en',
    opened_at: 1,
    ...over,
  };
}

const kinds = (
  before: ConversationSummary[] | null,
  after: ConversationSummary[],
  own: string[] = [],
) => newsOf(before, after, 'me', new Set(own)).map((n) => n.kind);

describe('news', () => {
  it('does not ring for those who waited before we signed in', () => {
    expect(kinds(null, [row()])).toEqual([]);
  });

  it('tells of a new customer once', () => {
    expect(kinds([], [row()])).toEqual(['customer']);
    expect(kinds([row()], [row({ seq: 2, unread: 3 })])).toEqual([]);
  });

  it('tells of a customer who came back to a closed conversation or to the queue', () => {
    expect(kinds([row({ state: 'closed' })], [row()])).toEqual(['customer']);
    expect(kinds([row({ state: 'active', assignee: other })], [row()])).toEqual(['customer']);
  });

  it('tells of new words to me, and not of words to a colleague or by one', () => {
    const last = { at: 1, role: 'visitor' as const };
    const mine = row({ state: 'active', assignee: me, unread: 1, last });
    expect(kinds([mine], [{ ...mine, unread: 2 }])).toEqual(['message']);
    expect(kinds([mine], [{ ...mine, unread: 0 }])).toEqual([]);
    const theirs = { ...mine, assignee: other };
    expect(kinds([theirs], [{ ...theirs, unread: 2 }])).toEqual([]);
    expect(kinds([mine], [{ ...mine, unread: 2, last: { at: 2, role: 'expert' } }])).toEqual([]);
  });

  it('tells of an offer to me once', () => {
    const held = row({ state: 'active', assignee: other });
    const offered = { ...held, transfer: { to: me, by: other } };
    expect(kinds([held], [offered])).toEqual(['offer']);
    expect(kinds([offered], [{ ...offered, seq: 9 }])).toEqual([]);
  });

  it('tells of a call that the customer started, not of one that I did', () => {
    const mine = row({ state: 'active', assignee: me });
    expect(kinds([mine], [{ ...mine, call: 'call' }])).toEqual(['call']);
    expect(kinds([mine], [{ ...mine, call: 'call' }], ['call'])).toEqual([]);
  });

  it('tells once that a customer of mine proved who they are', () => {
    const mine = row({ state: 'active', assignee: me });
    const proven = { ...mine, visitor: { id: 'v', kind: 'verified' as const } };
    expect(kinds([mine], [proven])).toEqual(['verified']);
    expect(kinds([proven], [{ ...proven, seq: 9 }])).toEqual([]);
    expect(kinds([{ ...mine, assignee: other }], [{ ...proven, assignee: other }])).toEqual([]);
  });
});
