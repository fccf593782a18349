import { describe, expect, test } from 'vitest';
import { ApiError } from '@/client/api';
import {
  checkAgent,
  checkDepartment,
  checkReplies,
  checkRouting,
  isZone,
  overflowCircle,
  placed,
} from './checking';
import { adminEn as a } from './strings.en';
import type { Agent, Department } from './wire';

const department = (id: string, part: Partial<Department> = {}): Department => ({
  id,
  name: id,
  usual: false,
  assignment: 'auto',
  offer_seconds: 15,
  wrapup_seconds: 0,
  overflow_seconds: null,
  overflow_to: null,
  hours: null,
  targets: { first: null, next: null, wait: null },
  members: [],
  ...part,
});
const agent = (id: string, skills: Agent['skills'] = []): Agent => ({
  id,
  name: id,
  email: `${id}@demo.example`,
  role: 'agent',
  capacity: 4,
  max_calls: 1,
  langs: ['fi'],
  departments: [],
  skills,
});

describe('ways out of a department', () => {
  const all = [department('a'), department('b', { overflow_to: 'a' }), department('c')];
  test('that come by it again are told with the way round', () => {
    expect(overflowCircle('a', 'b', all, 'Sales')).toBe('Sales → b → Sales');
    expect(overflowCircle('a', 'a', all, 'Sales')).toBe('Sales → Sales');
  });
  test('that end are good', () => {
    expect(overflowCircle('c', 'b', all, 'c')).toBeNull();
    expect(overflowCircle('c', null, all, 'c')).toBeNull();
  });
  test('that go round elsewhere are told too, and do not hang', () => {
    const round = [department('a', { overflow_to: 'b' }), department('b', { overflow_to: 'a' })];
    expect(overflowCircle('c', 'a', round, 'c')).toBe('c → a → b → a');
  });
});

test('a department is told what is wrong with it at each field', () => {
  const all = [department('a', { name: 'Sales' }), department('b')];
  const bad = department('b', {
    name: ' sales',
    offer_seconds: 4,
    wrapup_seconds: 3601,
    overflow_seconds: 9,
    targets: { first: 4, next: null, wait: 60 },
  });
  expect(Object.keys(checkDepartment(bad, 'b', all, a))).toEqual([
    'name',
    'offer_seconds',
    'wrapup_seconds',
    'overflow_seconds',
    'targets.first',
  ]);
  expect(checkDepartment(department('b'), 'b', all, a)).toEqual({});
  expect(
    checkDepartment({ ...department('b'), offer_seconds: Number.NaN }, 'b', all, a),
  ).toHaveProperty('offer_seconds');
});

test('an agent takes at least one contact, no more calls than that, and speaks a language', () => {
  const one = agent('one');
  expect(checkAgent(one, a)).toEqual({});
  expect(checkAgent({ ...one, capacity: 0 }, a)).toHaveProperty('capacity');
  expect(checkAgent({ ...one, capacity: 51 }, a)).toHaveProperty('capacity');
  expect(checkAgent({ ...one, max_calls: 5 }, a)).toHaveProperty('max_calls');
  expect(checkAgent({ ...one, langs: [] }, a)).toHaveProperty('langs');
});

test('a rule that asks for what nobody of its department has is told who lacks what', () => {
  const departments = [
    department('a', { name: 'Sales', usual: true, members: ['one'] }),
    department('b', { members: ['two'] }),
  ];
  const agents = [
    agent('one', [{ skill: 'tents', level: 2 }]),
    agent('two', [{ skill: 'tents', level: 5 }]),
  ];
  const weights = { chat: 1, voice: 3, video: 3, callback: 3 };
  const rule = { pages: '/tents/*', department: '', needs: [{ skill: 'tents', level: 3 }] };
  const check = (part: object) =>
    checkRouting({ weights, rules: [{ ...rule, ...part }] }, departments, agents, a);
  expect(check({})).toEqual({ 'rules.0.needs': a.rules.nobody('Sales', 'tents', 3) });
  expect(check({ department: 'b' })).toEqual({});
  expect(check({ needs: [], pages: 'tents' })).toHaveProperty(['rules.0.pages']);
  expect(
    checkRouting({ weights: { ...weights, video: 0 }, rules: [] }, departments, agents, a),
  ).toEqual({ 'weights.video': a.rules.badWeight });
});

test('a canned reply has a shortcut of one word, once in each language, and a text', () => {
  const reply = { shortcut: 'hello', lang: 'fi' as const, text: 'Hei!' };
  expect(checkReplies([reply, { ...reply, lang: 'sv' }], a)).toEqual({});
  expect(Object.keys(checkReplies([reply, reply], a))).toEqual(['0.shortcut', '1.shortcut']);
  expect(checkReplies([{ ...reply, shortcut: 'två ord' }], a)).toHaveProperty(['0.shortcut']);
  expect(checkReplies([{ ...reply, shortcut: 'hyvää-yötä', text: ' ' }], a)).toEqual({
    '0.text': a.canned.noText,
  });
});

test('a refusal of the server stands at its field, and one of another server at the whole', () => {
  expect(placed(new ApiError(400, 'circular_overflow', ''), a)).toEqual({
    overflow_to: a.refused.circular_overflow,
  });
  expect(placed(new ApiError(409, 'unheard_of', ''), a)).toEqual({ '': a.refused.other });
  expect(placed(new Error('broken'), a)).toEqual({ '': a.refused.other });
});

test('time zones are those that the browser knows', () => {
  expect(['Europe/Helsinki', 'UTC', 'Europe/Nowhere', '', '+02:00'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
