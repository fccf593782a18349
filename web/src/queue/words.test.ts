import { describe, expect, test } from 'vitest';
import { comingDay, comingDayAlone, timeIn } from '@/i18n/coming.ts';
import type { Lang } from '@/i18n/i18n.ts';
import { openingText } from './opening.ts';
import { waitOf } from './standing.ts';
import { byDay, slotText } from './times.ts';
import { placeText, queueWords, waitText } from './words.ts';

const LANGS: Lang[] = ['en', 'fi', 'sv'];
const MONDAY = new Date(2026, 4, 4, 13, 5).getTime();
const DAY = 24 * 3_600_000;

/** Local time on a day of May 2026; the 4th is a Monday. */
function may(day: number, hour: number, minute = 0): number {
  return new Date(2026, 4, day, hour, minute).getTime();
}

test('the wait is told in minutes, and in words where minutes say nothing', async () => {
  const [en, fi, sv] = await Promise.all(LANGS.map(queueWords));
  if (!en || !fi || !sv) throw new Error('a language is missing');
  expect(waitText(waitOf(130, 230), en)).toBe('about 2–4 minutes');
  expect(waitText(waitOf(120, 120), en)).toBe('about 2 minutes');
  expect(waitText(waitOf(10, 50), en)).toBe('less than a minute');
  expect(waitText(waitOf(4000, 9000), en)).toBe('more than an hour');
  expect(waitText(waitOf(null, null), en)).toBe('hard to say right now');
  expect(waitText(waitOf(130, 230), fi)).toBe('noin 2–4 minuuttia');
  expect(waitText(waitOf(130, 230), sv)).toBe('cirka 2–4 minuter');
});

test('a place has its number, the first is next, and an unknown one is not made up', async () => {
  const en = await queueWords('en');
  expect([0, 1, 2].map((place) => placeText(place, en))).toEqual([
    'You are in line',
    'You are next',
    'You are number 2 in line',
  ]);
});

describe('days to come', () => {
  test('are words when near, weekdays within a week, dates after that', () => {
    const days = [4, 5, 7, 10, 11, 20].map((day) => comingDay(may(day, 9), MONDAY, 'en'));
    expect(days).toEqual([
      'today',
      'tomorrow',
      'on Thursday',
      'on Sunday',
      'on Monday 11 May',
      'on Wednesday 20 May',
    ]);
  });

  test('are inflected as each language does', () => {
    expect(comingDay(may(7, 9), MONDAY, 'fi')).toBe('torstaina');
    expect(comingDay(may(11, 9), MONDAY, 'fi')).toBe('maanantaina 11. toukokuuta');
    expect(comingDay(may(7, 9), MONDAY, 'sv')).toBe('på torsdag');
    expect(comingDay(may(5, 9), MONDAY, 'sv')).toBe('i morgon');
  });

  test('tomorrow is tomorrow also when a clock is put forward in between', () => {
    const before = new Date(2026, 2, 28, 23, 30).getTime();
    expect(comingDay(new Date(2026, 2, 29, 9).getTime(), before, 'en')).toBe('tomorrow');
  });
});

describe('when it opens next', () => {
  test('is told in each language', () => {
    const text = LANGS.map((lang) => openingText(may(5, 9), MONDAY, lang));
    expect(text).toEqual([
      'Opens tomorrow at 9:00',
      'Avataan huomenna klo 9.00',
      'Öppnar i morgon kl. 9.00',
    ]);
    expect(openingText(may(7, 9, 30), MONDAY, 'en')).toBe('Opens on Thursday at 9:30');
  });

  test('is not told when nobody knows, or it has come', () => {
    expect(openingText(null, MONDAY, 'en')).toBeNull();
    expect(openingText(undefined, MONDAY, 'en')).toBeNull();
    expect(openingText(MONDAY, MONDAY, 'en')).toBeNull();
  });
});

describe('times to be called back', () => {
  test('are grouped by the day of whoever reads them, in order, without those gone by', () => {
    const times = [may(5, 9), may(4, 14), may(4, 13), may(4, 14, 30), may(8, 9)];
    expect(byDay(times, MONDAY)).toEqual([
      { at: may(4, 0), times: [may(4, 14), may(4, 14, 30)] },
      { at: may(5, 0), times: [may(5, 9)] },
      { at: may(8, 0), times: [may(8, 9)] },
    ]);
    expect(byDay([], MONDAY)).toEqual([]);
  });

  test('are half an hour long', () => {
    expect(slotText(may(4, 14), 'en')).toBe('14:00–14:30');
    expect(slotText(may(4, 14, 30), 'fi')).toBe('14.30–15.00');
  });

  test('have days that begin with a capital, as choices do', () => {
    const near = LANGS.map((lang) => comingDayAlone(may(7, 9), MONDAY, lang));
    expect(near).toEqual(['Thursday', 'Torstai', 'Torsdag']);
    const far = LANGS.map((lang) => comingDayAlone(may(11, 9), MONDAY, lang));
    expect(far).toEqual(['Monday 11 May', 'Maanantai 11.5.', 'Måndag 11 maj']);
    expect(comingDayAlone(MONDAY + DAY, MONDAY, 'en')).toBe('Tomorrow');
  });

  test('are told in the time of the shop only where that differs', () => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(timeIn(here, MONDAY, 'en')).toBeNull();
    expect(timeIn('No/Where', MONDAY, 'en')).toBeNull();
    const noon = Date.UTC(2026, 4, 4, 12);
    expect(timeIn('Asia/Kathmandu', noon, 'en')).toBe('17:45');
  });
});
