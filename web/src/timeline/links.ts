/**
 * Splits text into words and web addresses. Only http and https become links: text from a stranger
 * must not carry `javascript:` or another scheme into a click.
 */

export type Part = { text: string; href: string | null };

const ADDRESS = /https?:\/\/[^\s<>"']+/giu;
const TRAILING = /[.,;:!?)\]}»”’]+$/u; // punctuation that ends the sentence, not the address

export function linkParts(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let found = match[0];
    const tail = TRAILING.exec(found)?.[0] ?? '';
    // A bracket that was opened inside the address belongs to it: …/Sauna_(room)
    const kept = tail.startsWith(')') && found.includes('(') ? 1 : 0;
    found = found.slice(0, found.length - tail.length + kept);
    if (!URL.canParse(found)) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: null });
    parts.push({ text: found, href: new URL(found).href });
    from = match.index + found.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null });
  return parts;
}

/** A link that writes to `email` and nothing more: what a stranger typed must not add readers. */
export function mailHref(email: string): string {
  return `mailto:${encodeURIComponent(email).replace('%40', '@')}`;
}
