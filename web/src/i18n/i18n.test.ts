import { expect, test } from 'vitest';
import { clockText, createI18n, dayText, pickLang, sizeText, timeText } from './index.ts';

const NOON = new Date(2026, 4, 5, 12, 30).getTime();
const DAY = 24 * 3_600_000;

test('the first wanted language that is offered is picked', () => {
  expect(pickLang(['', 'sv-FI', 'fi'])).toBe('sv');
  expect(pickLang(['de', 'fr'])).toBe('en');
  expect(pickLang(['en'], ['fi', 'sv'])).toBe('fi');
});

test('words change together with the language, fetched or not', async () => {
  const i18n = await createI18n(
    { en: { hi: 'Hello' }, fi: async () => ({ hi: 'Hei' }), sv: { hi: 'Hej' } },
    'en',
  );
  await i18n.choose('fi');
  expect([i18n.lang.value, i18n.t.value.hi]).toEqual(['fi', 'Hei']);
});

test('days are words when near and dates when far', () => {
  expect(dayText(NOON, NOON + 3_600_000, 'fi')).toBe('Tänään');
  expect(dayText(NOON, NOON + DAY, 'sv')).toBe('I går');
  expect(dayText(NOON, NOON + 3 * DAY, 'en')).toBe('Tuesday 5 May');
  expect(dayText(NOON, NOON + 400 * DAY, 'en')).toBe('5 May 2026');
});

test('times are on a 24-hour clock', () => {
  expect(timeText(NOON, 'fi')).toBe('12.30');
  expect(timeText(NOON, 'en')).toBe('12:30');
});

test('durations and sizes read as people write them', () => {
  expect([7, 754, 3723].map(clockText)).toEqual(['0:07', '12:34', '1:02:03']);
  expect(sizeText(999, 'en')).toBe('999 byte');
  expect(sizeText(1_234_567, 'en')).toBe('1.2 MB');
});
