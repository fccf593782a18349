/** The doctor's words in the reader's language; they come with its chunk. */
import type { Lang } from '@/i18n/index.ts';
import { type DoctorWords, en } from './strings.en.ts';
import { fi } from './strings.fi.ts';
import { sv } from './strings.sv.ts';

const WORDS: Record<Lang, DoctorWords> = { en, fi, sv };

export function doctorWords(lang: Lang): DoctorWords {
  return WORDS[lang];
}
