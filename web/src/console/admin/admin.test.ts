import { describe, expect, test } from 'vitest';
import { same } from './differing';
import { Draft } from './draft';
import { amountIn, readAmount, unitOf } from './durations';
import {
  ALWAYS,
  addSpan,
  copyDay,
  dateMistakes,
  dayAfter,
  isGood,
  mistakesOf,
  readTime,
  splitAtMidnight,
  WEEKDAYS,
  withSpecial,
} from './times';
import type { Week } from './wire';

const EMPTY: Week = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

describe('times of the day', () => {
  test('are read as people write them', () => {
    expect(['9', '9.30', '09:30', '930', '0930', ' 17 ', '24'].map(readTime)).toEqual([
      '09:00',
      '09:30',
      '09:30',
      '09:30',
      '09:30',
      '17:00',
      '24:00',
    ]);
  });

  test('that no clock shows are none', () => {
    expect(['', '25', '24:01', '9:60', 'noon', '9:5', '-1'].map(readTime)).toEqual(
      Array(7).fill(null),
    );
  });
});

describe('spans of a day', () => {
  test('may touch, and may end at midnight', () => {
    expect(
      mistakesOf([
        ['09:00', '12:00'],
        ['12:00', '24:00'],
      ]),
    ).toEqual([null, null]);
  });

  test('that overlap are both told of, in whatever order they stand', () => {
    expect(
      mistakesOf([
        ['12:00', '17:00'],
        ['09:00', '13:00'],
        ['18:00', '19:00'],
      ]),
    ).toEqual(['overlap', 'overlap', null]);
    expect(
      mistakesOf([
        ['09:00', '17:00'],
        ['09:00', '17:00'],
      ]),
    ).toEqual(['overlap', 'overlap']);
  });

  test('that last no time, cross midnight or are half typed are told of as such', () => {
    expect(
      mistakesOf([
        ['09:00', '09:00'],
        ['22:00', '02:00'],
        ['9', '10:00'],
        ['', ''],
        ['24:00', '24:00'],
      ]),
    ).toEqual(['empty', 'midnight', 'time', 'time', 'time']);
  });

  test('over midnight become two, the second on the day after, also from Sunday to Monday', () => {
    const sat = splitAtMidnight({ ...EMPTY, sat: [['22:00', '02:00']] }, 'sat', 0);
    expect([sat.sat, sat.sun]).toEqual([[['22:00', '24:00']], [['00:00', '02:00']]]);
    const sun = splitAtMidnight(
      { ...EMPTY, sun: [['20:00', '01:00']], mon: [['09:00', '17:00']] },
      'sun',
      0,
    );
    expect(sun.mon).toEqual([
      ['00:00', '01:00'],
      ['09:00', '17:00'],
    ]);
    const end = splitAtMidnight({ ...EMPTY, fri: [['16:00', '00:00']] }, 'fri', 0);
    expect([end.fri, end.sat]).toEqual([[['16:00', '24:00']], []]);
  });

  test('that are added are good ones as long as the day has room', () => {
    const one = addSpan([]);
    const two = addSpan(one);
    const three = addSpan(two);
    expect(three).toEqual([
      ['09:00', '17:00'],
      ['18:00', '20:00'],
      ['21:00', '23:00'],
    ]);
    expect(mistakesOf(three)).toEqual([null, null, null]);
    expect(mistakesOf(addSpan([['00:00', '24:00']])).at(-1)).toBe('time');
  });

  test('are copied, not shared', () => {
    const week = copyDay({ ...EMPTY, mon: [['10:00', '18:00']] }, 'mon', WEEKDAYS);
    expect([week.fri, week.sat]).toEqual([[['10:00', '18:00']], []]);
    expect(week.tue).not.toBe(week.mon);
  });
});

describe('exceptions', () => {
  const hours = { tz: 'Europe/Helsinki', week: ALWAYS, holidays: null };
  test('have a date each, and one for each date', () => {
    const exceptions = [
      { date: '2026-12-24', spans: [], note: '' },
      { date: '2026-12-24', spans: [], note: '' },
      { date: '', spans: [], note: '' },
    ];
    expect(dateMistakes(exceptions)).toEqual(['twice', 'twice', 'date']);
    expect(isGood({ ...hours, exceptions })).toBe(false);
    expect(isGood({ ...hours, exceptions: exceptions.slice(0, 1) })).toBe(true);
  });

  test('are told of when their spans are wrong', () => {
    const exceptions = [{ date: '2026-12-24', spans: [['12:00', '09:00'] as const], note: '' }];
    expect(isGood({ ...hours, exceptions })).toBe(false);
  });

  test('are added in the order of their dates, and one that is there is left alone', () => {
    const first = withSpecial([], '2026-12-24', 'Christmas eve');
    const both = withSpecial(first, '2026-06-19');
    expect(both.map(({ date }) => date)).toEqual(['2026-06-19', '2026-12-24']);
    expect(withSpecial(both, '2026-12-24', 'other')).toEqual(both);
  });

  test('know the day after, over months and clocks', () => {
    expect(['2026-12-31', '2026-03-28', '2028-02-28'].map(dayAfter)).toEqual([
      '2027-01-01',
      '2026-03-29',
      '2028-02-29',
    ]);
  });
});

describe('durations', () => {
  test('are shown in the largest unit that needs no fraction', () => {
    expect([0, 15, 90, 60, 5400, 7200, 86_400].map(unitOf)).toEqual([
      's',
      's',
      's',
      'min',
      'min',
      'h',
      'd',
    ]);
    expect(amountIn(7200, 'h')).toBe(2);
  });

  test('are read in their unit, with a comma or a point, or not at all', () => {
    expect(readAmount('1,5', 'min')).toBe(90);
    expect(readAmount('2', 'd')).toBe(172_800);
    expect(readAmount(' ', 'min')).toBeNull();
    expect(readAmount('soon', 'min')).toBeUndefined();
    expect(readAmount('-5', 's')).toBeUndefined();
  });
});

test('settings are the same by what they hold, not by how they were made', () => {
  expect(same({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same(null, {})).toBe(false);
});

describe('a draft', () => {
  interface Thing {
    name: string;
    size: number;
  }
  const made = () => {
    let kept: Thing = { name: 'a', size: 1 };
    const draft = new Draft<Thing>(() => kept);
    const send = async (value: Thing) => {
      kept = value;
    };
    return { draft, send };
  };
  const told = () => ({ name: 'taken' });

  test('is changed by what is typed, and not by typing what was there', () => {
    const { draft } = made();
    draft.set({ name: 'b' });
    expect(draft.dirty.value).toBe(true);
    draft.set({ name: 'a' });
    expect(draft.dirty.value).toBe(false);
  });

  test('goes back to what is kept when it is discarded', () => {
    const { draft } = made();
    draft.set({ size: 2 });
    draft.refuse({ size: 'too big' });
    draft.discard();
    expect([draft.value.value, draft.problems.value]).toEqual([{ name: 'a', size: 1 }, {}]);
  });

  test('says that it is saved until it is changed again', async () => {
    const { draft, send } = made();
    draft.set({ name: 'b' });
    expect(await draft.save(send, told)).toBe(true);
    expect(draft.saved.value).toBe(true);
    draft.set({ name: 'c' });
    expect(draft.saved.value).toBe(false);
  });

  test('keeps what was typed when it is refused, and the refusal until that field is changed', async () => {
    const { draft } = made();
    draft.set({ name: 'b' });
    const refuse = async () => {
      throw new Error('taken');
    };
    expect(await draft.save(refuse, told)).toBe(false);
    draft.set({ size: 3 });
    expect([draft.value.value, draft.problems.value]).toEqual([
      { name: 'b', size: 3 },
      { name: 'taken' },
    ]);
    draft.set({ name: 'c' });
    expect(draft.problems.value).toEqual({});
  });

  test('does not call saved what was typed while it was on its way', async () => {
    const { draft, send } = made();
    draft.set({ name: 'b' });
    const saving = draft.save(send, told);
    draft.set({ name: 'bc' });
    await saving;
    expect([draft.value.value?.name, draft.dirty.value, draft.saved.value]).toEqual([
      'bc',
      true,
      false,
    ]);
  });
});
