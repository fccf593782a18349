import { describe, expect, it } from 'vitest';
import { type Canned, insertCanned, matchCanned, slashAt } from './canned';

const reply = (shortcut: string, lang: string, text = shortcut): Canned => ({
  id: `${shortcut}-${lang}`,
  shortcut,
  lang,
  text,
});

describe('canned replies', () => {
  it('opens at a slash that begins a word, and nowhere else', () => {
    expect(slashAt('/', 1)).toEqual({ from: 0, to: 1, query: '' });
    expect(slashAt('Hello /Hi', 9)).toEqual({ from: 6, to: 9, query: 'hi' });
    expect(slashAt('line\n/hä', 8)).toEqual({ from: 5, to: 8, query: 'hä' });
    expect(slashAt('and/or', 6)).toBeNull();
    expect(slashAt('https://x', 9)).toBeNull();
    expect(slashAt('/hi there', 9)).toBeNull();
    expect(slashAt('/hi there', 3)).toEqual({ from: 0, to: 3, query: 'hi' });
  });

  it('offers the customer’s language before the better match in another', () => {
    const all = [reply('hello', 'fi'), reply('say-hello', 'sv'), reply('bye', 'sv')];
    expect(matchCanned(all, 'hello', 'sv').map((r) => r.id)).toEqual(['say-hello-sv', 'hello-fi']);
  });

  it('finds a reply by its words from two characters on', () => {
    const all = [reply('ship', 'en', 'Delivery takes two days.')];
    expect(matchCanned(all, 'deliv', 'en')).toHaveLength(1);
    expect(matchCanned(all, 'd', 'en')).toHaveLength(0);
  });

  it('replaces the slash word only and puts the caret after the reply', () => {
    const slash = slashAt('Hi! /shi please', 8);
    expect(slash).not.toBeNull();
    if (slash) {
      expect(insertCanned('Hi! /shi please', slash, reply('ship', 'en', 'Two days.'))).toEqual({
        text: 'Hi! Two days. please',
        caret: 13,
      });
    }
  });
});
