/**
 * Words and dates in the reader's language. English is written first and its shape is the type
 * of the others, so a sentence that is missing in one does not compile.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';

export const LANGS = ['fi', 'sv', 'en'] as const;
export type Lang = (typeof LANGS)[number];

/** Each language by its own name. */
export const LANG_NAMES: Record<Lang, string> = { fi: 'Suomi', sv: 'Svenska', en: 'English' };

/** The shape of a dictionary: the same keys, any words. */
export type Shape<T> = T extends string
  ? string
  : T extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Key in keyof T]: Shape<T[Key]> };

/** Pick the first wanted language that is offered; BCP 47 tags match by their language. */
export function pickLang(wanted: readonly string[], offered: readonly Lang[] = LANGS): Lang {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    const found = offered.find((lang) => lang === language);
    if (found) return found;
  }
  return offered.includes('en') ? 'en' : (offered[0] ?? 'en');
}

export interface I18n<Words> {
  readonly lang: ReadonlySignal<Lang>;
  /** The words of the chosen language; read `.value` while rendering. */
  readonly t: ReadonlySignal<Words>;
  /** Change the language; its words are fetched first when they are apart. */
  choose: (lang: Lang) => Promise<void>;
}

/** Join a part's dictionaries. A function gives a language that is fetched when it is chosen. */
export async function createI18n<Words extends object>(
  words: Record<Lang, Words | (() => Promise<Words>)>,
  first: Lang,
): Promise<I18n<Words>> {
  const load = async (lang: Lang): Promise<Words> => {
    const entry = words[lang];
    return typeof entry === 'function' ? (entry as () => Promise<Words>)() : entry;
  };
  const lang = signal<Lang>(first);
  const t = signal<Words>(await load(first));
  return {
    lang,
    t,
    async choose(next) {
      t.value = await load(next);
      lang.value = next;
    },
  };
}
