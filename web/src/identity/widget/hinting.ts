/** Says in words what BankID's hint code asks of the person. */
import type { Lang } from '@/i18n/index.ts';

export function hintWords(hint: string | null | undefined, lang: Lang): string {
  return hint ? `${hint} ${lang}` : '';
}
