import { describe, expect, it } from 'vitest';
import { hintWords } from './hints.ts';

describe('words of BankID’s hint codes', () => {
  it('differ between the steps, in each language', () => {
    const codes = ['outstandingTransaction', 'started', 'userSign', 'userMrtd', 'processing'];
    const said = (['en', 'fi', 'sv'] as const).flatMap((lang) =>
      codes.map((code) => hintWords(code, lang)),
    );
    expect(new Set(said).size).toBe(15);
  });

  it('are the same as long as no app was opened', () => {
    expect(hintWords('noClient', 'sv')).toBe(hintWords('outstandingTransaction', 'sv'));
  });

  it('say that it goes on where the code is new, or a word of the language itself', () => {
    expect(hintWords('somethingNew', 'en')).toBe('Identification is under way.');
    expect(hintWords('constructor', 'en')).toBe('Identification is under way.');
  });

  it('are none before the first code', () => {
    expect([hintWords(null, 'fi'), hintWords(undefined, 'fi')]).toEqual(['', '']);
  });
});
