import { expect, test } from 'vitest';
import { asRead, reading } from './reading.ts';
import { redact } from './spans.ts';

test.each([
  ['plain wörds 12', 'plain wörds 12'],
  ['Lind\u00adqvist', 'Lindqvist'],
  ['\u20664111\u200e 1111\u2069', '4111 1111'],
  ['４１１１', '4111'],
  ['٤١١١ ۴ ९ ๙', '4111 4 9 9'],
  ['𝟜𝟙', '41'],
  ['anna＠shop．fi', 'anna@shop.fi'],
  ['😀 ok', '😀 ok'],
])('%j is read as %j', (text, read) => {
  expect(asRead(text).read).toBe(read);
});

test('what is found in the reading is hidden in the text', () => {
  const find = (read: string) => {
    const at = read.indexOf('4111');
    return at < 0 ? [] : [[at, at + 4] as const];
  };
  expect(redact('a 4\u200b11\u00ad1 b', reading('a 4\u200b11\u00ad1 b', find))).toBe(
    'a •••••••• b',
  );
  expect(redact('😀４１１１😀', reading('😀４１１１😀', find))).toBe('😀••••••••😀');
  expect(redact('none', reading('none', find))).toBe('none');
});
