import { describe, expect, test } from 'vitest';
import { accounts, cards, emails, identityCodes, luhn } from './numbers.ts';
import type { Detector } from './spans.ts';

const found = (detect: Detector, text: string) =>
  detect(text).map(([start, end]) => text.slice(start, end));

test.each(['4111111111111111', '79927398713', '378282246310005'])('%s passes Luhn', (digits) => {
  expect(luhn(digits)).toBe(true);
});

test('one changed figure fails Luhn', () => {
  expect(luhn('4111111111111112')).toBe(false);
});

describe('cards', () => {
  test.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111\u00a01111\u20111111\u200b1111',
    '3782 822463 10005',
    '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
    '4111\n        1111   1111 1111',
    '6011000990139424',
  ])('%s is one', (number) => {
    expect(found(cards, `Paid with ${number}, thank you`)).toContain(number);
  });

  test('is found among other figures', () => {
    expect(found(cards, '4111 1111 1111 1111 12/27 123')).toContain('4111 1111 1111 1111');
  });

  test.each([
    '4111 1111 1111 1112', // the check fails
    '36 37 38 39 40 41 42 43', // sizes
    '411111111111', // too short
    '12.50 13.00 14.75 15.90 16.20', // prices
    '+358 40 123 4567',
    '1 2 3 4 5 6 7 8 9 10 11 12 13', // pages
  ])('%s is none', (text) => {
    expect(found(cards, text)).toEqual([]);
  });
});

describe('accounts', () => {
  test.each([
    'FI2112345600000785',
    'FI21 1234 5600 0007 85',
    'se45 5000 0000 0583 9825 7466',
    'NO93 8601 1117 947',
  ])('%s is one', (account) => {
    expect(found(accounts, `Pay to ${account} today`)).toEqual([account]);
  });

  test.each(['FI2112345600000786', 'XX2112345600000785', 'AB12 is a shelf', 'FI21 1234'])(
    '%s is none',
    (text) => {
      expect(found(accounts, text)).toEqual([]);
    },
  );
});

describe('identity codes', () => {
  test.each([
    '131052-308T', // Finland
    '131052A308T',
    '131052+308T',
    '131052y308t',
    '811228-9874', // Sweden
    '19811228-9874',
    '811228+9874',
    '8112289874',
    '701063-2391', // a co-ordination number
    '070761-4285', // Denmark
    '01010050053', // Norway
    '010100 50053',
    '37605030299', // Estonia
  ])('%s is one', (code) => {
    expect(found(identityCodes, `Born ${code}.`)).toContain(code);
  });

  test.each([
    '131052-308U', // the check fails
    '991352-308T', // no such day
    '811228-9875',
    '811328-9874', // no such month
    '01010050054',
    '37605030298',
    '47605530299',
    '99999900000',
    'order 131052',
    '329952-4285',
  ])('%s is none', (text) => {
    expect(found(identityCodes, text)).toEqual([]);
  });
});

describe('e-mail addresses', () => {
  test('are found with what people put into them', () => {
    const text = 'anna.maria+shop@mail.example.fi and åsa@öberg.example';
    expect(found(emails, text)).toEqual(['anna.maria+shop@mail.example.fi', 'åsa@öberg.example']);
  });

  test.each(['@tiski on the web', 'look @ this', 'no address'])('%s has none', (text) => {
    expect(found(emails, text)).toEqual([]);
  });
});

test.each([
  'Viite RF18 5390 0754 7034 FI21 1234 5600 0007 85',
  'ab12 cde FI2112345600000785',
  'FI21\u20091234\u20095600\u20090007\u200985',
  'FI21  1234\n  5600 0007 85',
])('an account is found in %j', (text) => {
  expect(found(accounts, text)).toHaveLength(1);
});

test.each(['4111.1111.1111.1111', '4111/1111/1111/1111', '4111_1111_1111_1111'])(
  'a card is found with other marks in it: %s',
  (text) => {
    expect(found(cards, text)).toEqual([text]);
  },
);

test.each([
  ['a word without end', `${'a'.repeat(50_000)} x@y`],
  ['dots', `${'a.'.repeat(25_000)}@`],
  ['figures', '1 '.repeat(25_000)],
  ['groups', '123 '.repeat(15_000)],
  ['ats', '@a.'.repeat(20_000)],
  ['almost accounts', 'ab12 '.repeat(12_000)],
])('%s do not hold the page up', (_name, text) => {
  const begun = performance.now();
  for (const find of [cards, accounts, identityCodes, emails]) find(text);
  expect(performance.now() - begun).toBeLessThan(1000);
});
