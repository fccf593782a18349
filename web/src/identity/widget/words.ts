/** The words of this part, by language; all of them come with it. */
import type { Lang } from '@/i18n/index.ts';
import { en, type IdentityWords } from './strings.en.ts';
import { fi } from './strings.fi.ts';
import { sv } from './strings.sv.ts';

const WORDS: Record<Lang, IdentityWords> = { en, fi, sv };

export function identityWords(lang: Lang): IdentityWords {
  return WORDS[lang];
}
