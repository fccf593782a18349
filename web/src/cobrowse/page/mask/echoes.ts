/**
 * Finds what the shopper typed where the page repeats it: "Hello Anna", the summary of an order.
 * Pure; `fields.ts` gives it the values.
 *
 * A value counts from three characters on, whatever its case and its gaps. A short one must stand
 * as a word of its own, else "Ann" would hide every "Channel".
 */
import type { Span } from './spans.ts';

const SHORTEST = 3;
/** From this length on a value is also found inside a word. */
const DISTINCT = 6;
const LONGEST = 200;

/** Keep only letters and digits, in lower case, for a quick look whether a value may be there. */
export function compact(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** A value as it may be written elsewhere. */
export function variants(value: string): string[] {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!date) return [value];
  const [, year, month, day] = date;
  const short = `${Number(day)}.${Number(month)}.${year}`;
  return [
    value,
    short,
    `${day}.${month}.${year}`,
    `${day}/${month}/${year}`,
    `${month}/${day}/${year}`,
  ];
}

interface Echo {
  compact: string;
  pattern: RegExp;
}

const INSIDE_DIGITS = '[\\s\\-.()/\\u00a0]*';

function literal(character: string): string {
  return /[\p{L}\p{N}]/u.test(character)
    ? character
    : `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function echoOf(value: string): Echo | null {
  const key = compact(value);
  if (key.length < SHORTEST) return null;
  let source = '';
  let gap = '';
  for (const character of value.slice(0, LONGEST)) {
    if (/\s/.test(character)) {
      gap = '\\s+';
      continue;
    }
    const between = /\d/.test(character) && /\d$/.test(source) ? INSIDE_DIGITS : '';
    if (source) source += gap || between;
    source += literal(character);
    gap = '';
  }
  // Numbers are written with other gaps than typed ones: look for their digits and letters alone.
  if (/^[\d\s\-.()/+]{6,}$/.test(value)) {
    source = Array.from(value.replace(/\D/g, '')).join(INSIDE_DIGITS);
  }
  if (key.length < DISTINCT) source = `(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`;
  return { compact: compact(value.slice(0, LONGEST)), pattern: new RegExp(source, 'giu') };
}

/** The values that are hidden now, and where a text repeats one. */
export class Echoes {
  #echoes: Echo[] = [];

  /** Look for these from now on. */
  set(values: Iterable<string>): void {
    const seen = new Map<string, Echo>();
    for (const value of values) {
      for (const variant of variants(value.trim())) {
        if (seen.has(variant)) continue;
        const echo = echoOf(variant);
        if (echo) seen.set(variant, echo);
      }
    }
    this.#echoes = [...seen.values()];
  }

  /** Find the values in a text. */
  find(text: string): Span[] {
    if (this.#echoes.length === 0) return [];
    const key = compact(text);
    const found: Span[] = [];
    for (const { compact: value, pattern } of this.#echoes) {
      if (!key.includes(value)) continue;
      for (const match of text.matchAll(pattern)) {
        found.push([match.index, match.index + match[0].length]);
      }
    }
    return found;
  }
}
