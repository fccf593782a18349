import { expect, test } from 'vitest';
import { MASK, redact, shroud } from './spans.ts';

test('spans become the mask, also when they overlap or come in disorder', () => {
  expect(
    redact('abcdefghij', [
      [6, 8],
      [1, 3],
      [2, 5],
      [3, 4],
    ]),
  ).toBe(`a${MASK}f${MASK}ij`);
});

test('a text without spans stays as it is', () => {
  expect(redact('abc', [])).toBe('abc');
});

test('a shrouded text keeps its words apart and tells little of their length', () => {
  expect(shroud('Anna  lives\nhere!')).toBe('••••  ••••••••\n••••••••');
  expect(shroud('12345')).toBe(shroud('12345678'));
});
