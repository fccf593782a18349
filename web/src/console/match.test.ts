import { describe, expect, it } from 'vitest';
import { matchAll } from './match';

const items = [
  { label: 'Close the conversation', words: 'done end' },
  { label: 'Show closed conversations' },
  { label: 'Överför till en kollega' },
];
const found = (query: string) => matchAll(items, query).map((i) => i.label);

describe('command search', () => {
  it('shows everything in its order for an empty query', () => {
    expect(found(' ')).toEqual(items.map((i) => i.label));
  });

  it('ranks a label that begins with the query before one that has it later', () => {
    expect(found('clo')).toEqual(['Close the conversation', 'Show closed conversations']);
  });

  it('finds by other words, by initials and without accents', () => {
    expect(found('done')).toEqual(['Close the conversation']);
    expect(found('overfor')).toEqual(['Överför till en kollega']);
    expect(found('shwcsd')).toEqual(['Show closed conversations']);
    expect(found('zzz')).toEqual([]);
  });
});
