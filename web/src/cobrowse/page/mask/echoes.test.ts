import { describe, expect, test } from 'vitest';
import { Echoes, variants } from './echoes.ts';

function hits(value: string, text: string): string[] {
  const echoes = new Echoes();
  echoes.set([value]);
  return echoes.find(text).map(([start, end]) => text.slice(start, end));
}

describe('a value is found', () => {
  test.each([
    ['Anna', 'Hello Anna!', 'Anna'],
    ['anna', 'HELLO ANNA', 'ANNA'],
    ['Anna Andersson', 'Dear Anna \n Andersson,', 'Anna \n Andersson'],
    ['Andersson', 'annaandersson1', 'andersson'],
    ['0401234567', 'We call 040 123-4567 soon', '040 123-4567'],
    ['+358 40 123 4567', '(358)401234567', '358)401234567'],
    ['Street 12 B', 'street 12 b', 'street 12 b'],
    ['a.b+c', 'is a.b+c here', 'a.b+c'],
    ['1987-06-05', 'born 5.6.1987', '5.6.1987'],
  ])('%s in "%s"', (value, text, found) => {
    expect(hits(value, text)).toContain(found);
  });
});

test.each([
  ['Ann', 'Channel'],
  ['ab', 'ab'],
  ['', 'anything'],
  ['--', 'a -- b'],
  ['Anna', 'Hello Anders'],
])('%s is not found in %s', (value, text) => {
  expect(hits(value, text)).toEqual([]);
});

test('nothing is found before there are values, or when they are gone', () => {
  const echoes = new Echoes();
  expect(echoes.find('Anna')).toEqual([]);
  echoes.set(['Anna', 'Anna ']);
  expect(echoes.find('Anna')).toHaveLength(1);
  echoes.set([]);
  expect(echoes.find('Anna')).toEqual([]);
});

test('a date is looked for in the ways it is written', () => {
  expect(variants('1987-06-05')).toEqual([
    '1987-06-05',
    '5.6.1987',
    '05.06.1987',
    '05/06/1987',
    '06/05/1987',
  ]);
});
