import { expect, test } from 'vitest';
import type { ConversationState, EventBody, Person, TimelineEvent } from './protocol.gen.ts';
import { applyEvent, openConversation } from './reduce.ts';
import { AGENT, VISITOR } from './testing/server.ts';

const EXPERT: Person = { id: 'x1', role: 'expert', name: 'Expert' };
const BEGUN = openConversation('c1', {
  seq: 1,
  at: 1,
  by: VISITOR,
  event: { kind: 'opened', visitor: { id: 'v1' }, lang: 'fi' },
});

function fold(
  entries: [Person, EventBody][],
  start: ConversationState = BEGUN,
  audience: 'visitor' | 'staff' | 'expert' = 'staff',
): ConversationState {
  return entries.reduce((state, [by, event], index) => {
    const entry: TimelineEvent = { seq: index + 2, at: index + 2, by, event };
    return applyEvent(state, entry, audience);
  }, start);
}

const message = (id: string, more: object = {}): EventBody => ({
  kind: 'message',
  id,
  text: 'x',
  ...more,
});

test('the clock of waiting starts at the first unanswered message and stops at the answer', () => {
  const waiting = fold([
    [VISITOR, message('a')],
    [VISITOR, message('b')],
  ]);
  expect(waiting.waiting_since).toBe(2);
  const answered = fold([[AGENT, message('c')]], waiting);
  expect([answered.waiting_since, answered.answered]).toEqual([null, true]);
});

test('automatic lines and consult do not answer the visitor', () => {
  const state = fold([
    [VISITOR, message('a')],
    [{ id: 'system', role: 'system' }, message('b', { auto: 'finding_someone' })],
    [AGENT, message('c', { consult: true })],
    [EXPERT, message('d')],
  ]);
  expect([state.waiting_since, state.answered ?? false]).toEqual([2, false]);
});

test('an expert keeps no clock of waiting', () => {
  expect(fold([[VISITOR, message('a')]], BEGUN, 'expert').waiting_since).toBeNull();
});

test('reads never go back', () => {
  const state = fold([
    [AGENT, { kind: 'read', side: 'staff', upto: 5 }],
    [AGENT, { kind: 'read', side: 'staff', upto: 3 }],
  ]);
  expect(state.reads).toEqual({ staff: 5 });
});

test('a call rings, is on when two are in it, and ends', () => {
  const ringing = fold([[VISITOR, { kind: 'call_started', call: 'k', media: ['audio'] }]]);
  expect(ringing.call?.state).toBe('ringing');
  const on = fold([[AGENT, { kind: 'call_joined', call: 'k', media: ['audio'] }]], ringing);
  expect(on.call).toMatchObject({ state: 'active', members: [{}, {}] });
  const ended = fold([[AGENT, { kind: 'call_ended', call: 'k', reason: 'hangup' }]], on);
  expect(ended.call).toBeNull();
});

test('an expert in consult does not make the visitor’s call active until let in', () => {
  const consult = fold([
    [EXPERT, { kind: 'expert_joined', expert: { person: EXPERT, scope: ['hear'] } }],
    [AGENT, { kind: 'call_started', call: 'k', media: ['audio'] }],
    [EXPERT, { kind: 'call_joined', call: 'k', media: ['audio'] }],
  ]);
  expect(consult.call?.state).toBe('ringing');
  const admitted = fold(
    [[AGENT, { kind: 'expert_admitted', expert: EXPERT, from_seq: 9 }]],
    consult,
  );
  expect(admitted.call?.state).toBe('active');
  expect(admitted.experts).toMatchObject([{ status: 'admitted', from_seq: 9, scope: ['hear'] }]);
});

test('a private call that is opened appears to the visitor as it is then', () => {
  const call = { id: 'k', by: AGENT, media: [], state: 'ringing', members: [] } as const;
  const opened: EventBody = {
    kind: 'call_opened',
    call: 'k',
    state: { ...call, media: [], members: [] },
  };
  expect(fold([[AGENT, opened]], BEGUN, 'visitor').call?.id).toBe('k');
});

test('a call that the visitor did not take is private again, and goes on', () => {
  const state = fold([
    [AGENT, { kind: 'call_started', call: 'k', media: [], private: true }],
    [EXPERT, { kind: 'call_joined', call: 'k', media: [] }],
    [AGENT, { kind: 'call_opened', call: 'k' }],
    [AGENT, { kind: 'call_withdrawn', call: 'k', reason: 'unanswered' }],
  ]);
  expect(state.call).toMatchObject({ private: true, opened: false, state: 'active' });
  expect(state.call?.members).toHaveLength(2);
});

test('a conversation that is closed and reopened waits for anybody', () => {
  const state = fold([
    [AGENT, { kind: 'assigned', agent: AGENT }],
    [AGENT, { kind: 'closed', reason: 'solved' }],
    [VISITOR, { kind: 'reopened' }],
  ]);
  expect(state).toMatchObject({ state: 'waiting', assignee: null, closed_at: null });
});
