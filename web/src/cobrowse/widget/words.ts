/** The words of this part, by language; all of them come with it. */
import type { Lang } from '@/i18n/index.ts';
import { type CobrowseWords, en } from './strings.en.ts';
import { fi } from './strings.fi.ts';
import { sv } from './strings.sv.ts';

const WORDS: Record<Lang, CobrowseWords> = { en, fi, sv };

export function cobrowseWords(lang: Lang): CobrowseWords {
  return WORDS[lang];
}
