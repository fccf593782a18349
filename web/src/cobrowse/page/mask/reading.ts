/**
 * A text as a person reads it: without what shows as nothing (soft hyphens, bidi marks, joiners)
 * and with the figures of any script as 0-9, so that a rule finds in it what a person sees. Pure.
 *
 * Unicode: `Default_Ignorable_Code_Point`, `Nd`, NFKC for the wide forms.
 */
import type { Span } from './spans.ts';

/** What is neither a soft hyphen nor beyond the letters of Latin is read as it is. */
const USUAL = /^[^\u00ad\u02b0-\uffff]*$/;
const NOTHING = /\p{Default_Ignorable_Code_Point}/u;
const FIGURE = /\p{Nd}/u;
const WIDE = /[\uff01-\uff5e]/;

/** Return what is read, and from where in the text each unit of it is. */
export function asRead(text: string): { read: string; from: readonly number[] | null } {
  if (USUAL.test(text)) return { read: text, from: null };
  let read = '';
  const from: number[] = [];
  let at = 0;
  for (const character of text) {
    const shown = NOTHING.test(character) ? '' : plain(character);
    for (let unit = 0; unit < shown.length; unit += 1)
      from.push(at + Math.min(unit, character.length - 1));
    read += shown;
    at += character.length;
  }
  return { read, from };
}

/** Return where `find` finds something in what is read of a text, as places in the text. */
export function reading(text: string, find: (read: string) => Span[]): Span[] {
  const { read, from } = asRead(text);
  const found = find(read);
  if (!from) return found;
  return found.map(([start, end]): Span => [from[start] ?? 0, (from[end - 1] ?? 0) + 1]);
}

function plain(character: string): string {
  if (WIDE.test(character)) return character.normalize('NFKC');
  return FIGURE.test(character) ? figure(character) : character;
}

/** Decimal figures stand in tens, from a code that ends in 0 or 6; mathematical ones have NFKC. */
function figure(character: string): string {
  const known = character.normalize('NFKC');
  if (/^\d$/.test(known)) return known;
  const code = character.codePointAt(0) ?? 0;
  const low = code & 15;
  return String(FIGURE.test(String.fromCodePoint(code - low)) ? low : low - 6);
}
