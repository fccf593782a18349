import { describe, expect, test } from 'vitest';
import { Echoes, variants } from './echoes.ts';
import { redact } from './spans.ts';

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
    ['Mannerheimintie 12 A 5', 'to Mannerheimintie 12, A 5.', 'Mannerheimintie 12, A 5'],
    ['Anna-Liisa', 'Dear Anna Liisa', 'Anna Liisa'],
    ["O'Hara", 'Dear O’Hara', 'O’Hara'],
    ['+358405557788', 'call 358 (40) 555 7788', '358 (40) 555 7788'],
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

test('a long value is hidden to its end, and where only a part of it is shown', () => {
  const words = Array.from({ length: 80 }, (_, at) => `word${at}`);
  const value = words.join(' ');
  const echoes = new Echoes();
  echoes.set([value]);
  const shown = redact(`You wrote: ${value}`, echoes.find(`You wrote: ${value}`));
  expect(shown).not.toMatch(/word\d/);
  const excerpt = redact(value.slice(0, 200), echoes.find(value.slice(0, 200)));
  expect(excerpt).not.toContain('word3');
});
