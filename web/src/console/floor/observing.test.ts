import { expect, test } from 'vitest';
import type { Observer, Person } from '@/client/protocol.gen';
import { partOf, supervisions } from './observing';

const ME: Person = { id: 'me', role: 'supervisor' };
const AGENT: Person = { id: 'agent', role: 'agent' };
const served = { state: 'active' as const, assignee: AGENT };
const looking = (part: Observer['part'], consult = false) => ({
  ...served,
  observers: [{ person: ME, part, since: 1, consult }],
});

test('only a supervisor looks in, and only where a colleague serves', () => {
  expect(supervisions(served, 'me', 'supervisor')).toEqual(['listen', 'whisper', 'barge', 'take']);
  expect(supervisions(served, 'me', 'agent')).toEqual([]);
  expect(supervisions({ ...served, assignee: ME }, 'me', 'supervisor')).toEqual([]);
  expect(supervisions({ ...served, state: 'closed' }, 'me', 'supervisor')).toEqual([]);
  expect(supervisions({ state: 'waiting', assignee: null }, 'me', 'supervisor')).toEqual([]);
});

test('who looks in is offered the other parts and the way out', () => {
  expect(supervisions(looking('listen'), 'me', 'supervisor')).toEqual([
    'whisper',
    'barge',
    'take',
    'stop',
  ]);
  expect(supervisions(looking('barge'), 'me', 'supervisor')).toContain('stop');
});

test('who looks in may still leave when the conversation goes back to the queue', () => {
  const waiting = { ...looking('whisper'), state: 'waiting' as const, assignee: null };
  expect(supervisions(waiting, 'me', 'supervisor')).toEqual(['listen', 'barge', 'stop']);
});

test('a colleague who was asked for advice does not look in as a supervisor', () => {
  expect(partOf(looking('whisper', true), 'me')).toBeNull();
  expect(partOf(looking('whisper'), 'me')).toBe('whisper');
});
