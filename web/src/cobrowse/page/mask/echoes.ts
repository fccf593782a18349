/**
 * Finds what the shopper typed where the page repeats it: "Hello Anna", the summary of an order.
 * Pure; `fields.ts` gives it the values.
 *
 * A value counts from three characters on, whatever its case and its gaps. A short one must stand
 * as a word of its own, else "Ann" would hide every "Channel".
 */
import { asRead } from './reading.ts';
import type { Span } from './spans.ts';

const SHORTEST = 3;
/** From this length on a value is also found inside a word. */
const DISTINCT = 6;
const LONGEST = 80;
const PIECE = 40;
const WORD = /[\p{L}\p{N}]/u;
const FIGURE = /\p{N}/u;

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

const GAP = '[^\\p{L}\\p{N}]{0,8}';

/** A pattern of the value's letters and figures: pages set other marks and gaps between them. */
function echoOf(value: string): Echo | null {
  const key = compact(value);
  if (key.length < SHORTEST) return null;
  let source = '';
  let before = '';
  for (const character of value) {
    if (WORD.test(character)) {
      const joined = WORD.test(before) && !(FIGURE.test(before) && FIGURE.test(character));
      source += (key.length < DISTINCT && joined) || !source ? character : GAP + character;
    }
    before = character;
  }
  if (key.length < DISTINCT) source = `(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`;
  return { compact: key, pattern: new RegExp(source, 'giu') };
}

/** A long value in pieces, for a page may show a part of it; the last one overlaps. */
function pieces(value: string): string[] {
  if (value.length <= LONGEST) return [value];
  const all: string[] = [];
  for (let at = 0; at + PIECE < value.length; at += PIECE) all.push(value.slice(at, at + PIECE));
  return [...all, value.slice(-PIECE)];
}

/** The values that are hidden now, and where a text repeats one. */
export class Echoes {
  #echoes: Echo[] = [];

  /** Look for these from now on. */
  set(values: Iterable<string>): void {
    const seen = new Map<string, Echo>();
    for (const value of values) {
      for (const variant of variants(asRead(value).read.trim()).flatMap(pieces)) {
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
