/**
 * Finds web addresses in what people write. Only http and https become links; whatever else looks
 * like one stays text, so nothing that runs can be clicked. Pure.
 */
export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi;
const TRAILING = /[.,;:!?…]+$/u; // ends the sentence, not the address

/** Cut text into pieces; those with `href` are links. Joined, they are the text again. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function trim(address: string): string {
  let kept = address.replace(TRAILING, '');
  // "(see https://example.com/a_(b))": brackets belong to it as long as they are in pairs.
  while (kept.endsWith(')') && count(kept, ')') > count(kept, '(')) {
    kept = kept.slice(0, -1).replace(TRAILING, '');
  }
  return kept;
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

/** A link that writes to `email` and nothing more: what a stranger typed must not add readers. */
export function mailHref(email: string): string {
  return `mailto:${encodeURIComponent(email).replace('%40', '@')}`;
}
