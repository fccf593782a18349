import { expect, test } from 'vitest';
import { endsWithUs, isOnHold, maySend, phaseOf, type Situation } from './membership.ts';
import type { CallMember, CallState, ConversationState, Person } from './protocol.gen.ts';

const VISITOR: Person = { id: 'v', role: 'visitor' };
const AGENT: Person = { id: 'a', role: 'agent', name: 'Agent One' };
const EXPERT: Person = { id: 'e', role: 'expert', name: 'Expert One' };
const agentWith = (...media: CallMember['media']): CallMember => ({
  person: AGENT,
  media,
  joined_at: 1,
});
const CALL: CallState = {
  id: 'k',
  by: AGENT,
  media: ['audio'],
  state: 'active',
  members: [agentWith('audio'), { person: VISITOR, media: ['audio'], joined_at: 2 }],
};
const IN: Situation = {
  part: 'in',
  link: 'up',
  call: CALL,
  me: VISITOR,
  declined: null,
  preparing: false,
  ended: false,
};

test('a broken connection shows before everything else of a call that we are in', () => {
  expect(phaseOf(IN)).toBe('live');
  expect(phaseOf({ ...IN, link: 'connecting' })).toBe('connecting');
  expect(phaseOf({ ...IN, call: { ...CALL, state: 'ringing' } })).toBe('ringing');
  expect(phaseOf({ ...IN, link: 'lost', call: { ...CALL, state: 'ringing' } })).toBe(
    'reconnecting',
  );
});

test('a new call rings although the one before was declined', () => {
  const out: Situation = { ...IN, part: 'out', me: EXPERT, declined: 'k' };
  expect(phaseOf(out)).toBe('declined');
  expect(phaseOf({ ...out, call: { ...CALL, id: 'next' } })).toBe('incoming');
});

test('the end of a call shows until another one is offered', () => {
  const ended: Situation = { ...IN, part: 'out', ended: true, call: null };
  expect(phaseOf(ended)).toBe('ended');
  expect(phaseOf({ ...ended, me: EXPERT, call: CALL })).toBe('incoming');
});

test('an expert sends only what the link allows; everybody else may', () => {
  const state = {
    experts: [{ person: EXPERT, scope: ['hear', 'see'] }],
  } as unknown as ConversationState;
  expect(maySend(state, EXPERT)).toBe(false);
  expect(maySend(state, AGENT)).toBe(true);
  expect(maySend(null, VISITOR)).toBe(true);
});

test('a colleague who listens sends nothing, and one who whispers may speak', () => {
  const looks = (part: 'listen' | 'whisper') =>
    ({ observers: [{ person: AGENT, part, since: 1 }] }) as unknown as ConversationState;
  expect(maySend(looks('listen'), AGENT)).toBe(false);
  expect(maySend(looks('whisper'), AGENT)).toBe(true);
});

test('silence is hold only when there is also nothing to receive, and only for the visitor', () => {
  expect(isOnHold([agentWith()], VISITOR, 0)).toBe(true);
  expect(isOnHold([agentWith()], VISITOR, 1)).toBe(false); // muted, not on hold
  expect(isOnHold([agentWith()], VISITOR, null)).toBe(false);
  expect(isOnHold([agentWith('audio')], VISITOR, 0)).toBe(false);
  expect(isOnHold([], VISITOR, 0)).toBe(false);
  expect(isOnHold([agentWith()], AGENT, 0)).toBe(false);
});

test('leaving ends a call between two, and nobody who looks in unseen changes that', () => {
  const ADVISER: Person = { id: 'b', role: 'agent', name: 'Agent Two' };
  const advised = { ...CALL, members: [...CALL.members, { ...agentWith(), person: ADVISER }] };
  const looks = (part: 'whisper' | 'barge') =>
    ({
      call: advised,
      observers: [{ person: ADVISER, part, since: 1 }],
    }) as Partial<ConversationState> as ConversationState;
  expect(endsWithUs({ call: CALL } as ConversationState, AGENT)).toBe(true);
  expect(endsWithUs({ call: CALL } as ConversationState, EXPERT)).toBe(false);
  expect(endsWithUs(looks('whisper'), AGENT)).toBe(true);
  expect(endsWithUs(looks('whisper'), ADVISER)).toBe(false);
  expect(endsWithUs(looks('barge'), AGENT)).toBe(false);
});
