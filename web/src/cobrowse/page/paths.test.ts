import { expect, test } from 'vitest';
import { pauses } from './paths.ts';

const at = (patterns: string[], path: string) => pauses(patterns, `https://shop.example${path}`);

test('a pattern is a whole path', () => {
  expect(at(['/checkout/pay'], '/checkout/pay')).toBe(true);
  expect(at(['/checkout/pay'], '/checkout/payment')).toBe(false);
  expect(at(['/checkout/pay'], '/fi/checkout/pay')).toBe(false);
  expect(at([], '/')).toBe(false);
});

test('a star stands for any characters, none too', () => {
  expect(at(['/checkout/pay*'], '/checkout/pay')).toBe(true);
  expect(at(['/checkout/pay*'], '/checkout/payment/step-2')).toBe(true);
  expect(at(['*/pay'], '/fi/checkout/pay')).toBe(true);
  expect(at(['/*/pay/*'], '/fi/pay/now')).toBe(true);
  expect(at(['*'], '/')).toBe(true);
});

test('nothing but a star is special', () => {
  expect(at(['/a.b+c(d)'], '/a.b+c(d)')).toBe(true);
  expect(at(['/a.b'], '/aXb')).toBe(false);
});

test('query and fragment are no part of the path, and a last slash is none', () => {
  expect(at(['/pay'], '/pay?step=1#form')).toBe(true);
  expect(at(['/pay'], '/pay/')).toBe(true);
  expect(at(['/pay/'], '/pay')).toBe(true);
  expect(at(['/'], '/')).toBe(true);
  expect(at(['/pay'], '/?pay')).toBe(false);
});

test('a shop that keeps its pages in the fragment is matched there', () => {
  expect(at(['/checkout/pay*'], '/#/checkout/pay?x=1')).toBe(true);
  expect(at(['/checkout/pay*'], '/#!/checkout/pay')).toBe(true);
  expect(at(['/checkout/pay*'], '/#checkout')).toBe(false);
});

test('letters are the same written out or encoded', () => {
  expect(at(['/maksu/ä*'], '/maksu/ääkkönen')).toBe(true);
  expect(at(['/maksu/%C3%A4'], '/maksu/ä')).toBe(true);
  expect(at(['/100%'], '/100%')).toBe(true);
});
