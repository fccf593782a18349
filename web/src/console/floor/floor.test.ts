import { describe, expect, test } from 'vitest';
import { hold } from './holding';
import { ofDepartment, percent, presenceOf, sortAgents, sortWaiting, totals } from './overview';
import type { Floor, FloorAgent, FloorDepartment, Waiting } from './wire';

const none = { achieved: 0, breached: 0 };
const agent = (name: string, part: Partial<FloorAgent> = {}): FloorAgent => ({
  id: name,
  name,
  state: 'available',
  reason: '',
  since: 0,
  online: true,
  capacity: 4,
  used: 1,
  departments: ['sales'],
  skills: {},
  langs: ['fi'],
  serving: [],
  missed_today: 0,
  served_today: 0,
  ...part,
});
const waits = (conv: string, part: Partial<Waiting> = {}): Waiting => ({
  conv,
  task: `t-${conv}`,
  visitor: { id: conv },
  department: 'sales',
  place: 1,
  since: 1000,
  mode: 'chat',
  needs: [],
  lang: 'fi',
  state: 'waiting',
  agent: null,
  callback_at: null,
  due_at: null,
  ...part,
});
const department = (id: string, part: Partial<FloorDepartment> = {}): FloorDepartment => ({
  id,
  name: id,
  open: true,
  closes_at: null,
  opens_at: null,
  waiting: 0,
  longest_since: null,
  offered: 0,
  staffed: true,
  served: 0,
  level: { first: none, next: none, wait: none },
  ...part,
});

describe('the tiles', () => {
  const floor: Floor = {
    now: 10_000,
    departments: [
      department('sales', {
        level: { first: { achieved: 8, breached: 2 }, next: none, wait: none },
      }),
      department('help', {
        level: { first: { achieved: 1, breached: 0 }, next: none, wait: none },
      }),
    ],
    waiting: [
      waits('a', { since: 3000 }),
      waits('b', { since: 2000, state: 'offered', agent: 'Free' }),
      waits('later', { place: 0, since: 1, callback_at: 99_000 }),
    ],
    agents: [
      agent('Free'),
      agent('Full', { used: 4 }),
      agent('Lunch', { state: 'away', reason: 'lunch' }),
      agent('Missed', { state: 'not_responding' }),
      agent('Home', { online: false }),
    ],
  };

  test('count who waits now, and not who asked to be called back later', () => {
    expect(totals(floor)).toMatchObject({ waiting: 2, longest: 2000, offered: 1 });
  });

  test('count agents as they stand; who is full is there, who is offline is nowhere', () => {
    expect(totals(floor)).toMatchObject({ available: 2, away: 1, notResponding: 1 });
  });

  test('add the service level of all departments', () => {
    expect(totals(floor).level.first).toEqual({ achieved: 9, breached: 2 });
  });

  test('nobody waiting has no longest wait', () => {
    expect(totals({ ...floor, waiting: [] }).longest).toBeNull();
  });
});

test('a service level is never rounded to all or nothing, and is silent without waits', () => {
  expect(percent({ achieved: 999, breached: 1 })).toBe(99);
  expect(percent({ achieved: 1, breached: 999 })).toBe(1);
  expect(percent({ achieved: 3, breached: 0 })).toBe(100);
  expect(percent({ achieved: 0, breached: 3 })).toBe(0);
  expect(percent(none)).toBeNull();
});

test('who needs a look stands first, and names keep the rest still', () => {
  const all = [
    agent('Bo'),
    agent('Home', { online: false }),
    agent('Lunch', { state: 'away' }),
    agent('Al'),
    agent('Missed', { state: 'not_responding' }),
    agent('Full', { used: 4 }),
  ];
  expect(sortAgents(all).map(({ name }) => name)).toEqual([
    'Missed',
    'Al',
    'Bo',
    'Full',
    'Lunch',
    'Home',
  ]);
  expect(presenceOf(agent('x', { online: false, state: 'not_responding' }))).toBe('offline');
});

test('those who wait stand as they will be served, callbacks after them by their time', () => {
  const rows = [
    waits('late', { place: 0, callback_at: 9000 }),
    waits('soon', { place: 0, callback_at: 5000 }),
    waits('two', { place: 2 }),
    waits('help', { department: 'help' }),
    waits('one'),
  ];
  const order = sortWaiting(rows, [department('help'), department('sales')]);
  expect(order.map(({ conv }) => conv)).toEqual(['help', 'one', 'two', 'soon', 'late']);
});

test('a department is picked out of those who wait and of agents alike', () => {
  expect(ofDepartment([waits('a'), waits('b', { department: 'help' })], 'help')).toHaveLength(1);
  expect(ofDepartment([agent('A'), agent('B', { departments: ['help'] })], 'sales')).toHaveLength(
    1,
  );
  expect(ofDepartment([waits('a')], null)).toHaveLength(1);
});

describe('a list that is held', () => {
  const key = (name: string) => name;
  test('keeps its order while what there is reorders, and takes news at its end', () => {
    const shown = hold(null, ['a', 'b'], key);
    expect(hold(shown, ['new', 'b', 'a'], key).map((row) => row.key)).toEqual(['a', 'b', 'new']);
  });

  test('keeps the husk of what has gone, and revives it when it comes back', () => {
    const shown = hold(null, ['a', 'b'], key);
    const husk = hold(shown, ['b'], key);
    expect(husk.map((row) => row.gone)).toEqual([true, false]);
    expect(hold(husk, ['b', 'a'], key).map((row) => row.gone)).toEqual([false, false]);
  });

  test('is put in order again when it is let go', () => {
    expect(hold(null, ['b', 'new'], key).map((row) => row.key)).toEqual(['b', 'new']);
  });
});
