import { expect, test } from 'vitest';
import { settleScheme } from './scheme.ts';

test.each([
  ['@media (prefers-color-scheme: dark) { a {} }', true, '@media (min-width:0px) { a {} }'],
  ['@media (prefers-color-scheme:dark) { a {} }', false, '@media (max-width:0px) { a {} }'],
  ['screen and ( Prefers-Color-Scheme : LIGHT )', false, 'screen and (min-width:0px)'],
  [':root { color-scheme: light dark }', true, ':root { color-scheme: dark }'],
  [':root{color-scheme:dark light}', false, ':root{color-scheme:light}'],
  [':root { color-scheme: dark }', false, ':root { color-scheme: dark }'],
  ['a { color: red }', true, 'a { color: red }'],
])('%s, dark %s', (css, dark, settled) => {
  expect(settleScheme(css, () => dark)).toBe(settled);
});
