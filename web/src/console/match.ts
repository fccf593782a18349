/**
 * Finds commands by a few typed letters: every word of the query must begin a word of the label, or
 * the query must be spelled by the label's letters in order, which counts only when no word does.
 */

export interface Matchable {
  label: string;
  /** Other words it answers to. */
  words?: string;
}

export function matchAll<T extends Matchable>(items: readonly T[], query: string): T[] {
  const wanted = fold(query).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...items];
  const hits = items
    .map((item, at) => ({
      item,
      at,
      score: score(fold(`${item.label} ${item.words ?? ''}`), wanted),
    }))
    .sort((a, b) => b.score - a.score || a.at - b.at);
  const least = (hits[0]?.score ?? 0) > 1 ? 2 : 1;
  return hits.filter((hit) => hit.score >= least).map((hit) => hit.item);
}

function score(text: string, wanted: readonly string[]): number {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (wanted.every((w) => words.some((word) => word.startsWith(w)))) {
    return words[0]?.startsWith(wanted[0] ?? '') ? 3 : 2;
  }
  return spelled(text, wanted.join('')) ? 1 : 0;
}

function spelled(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Lower case without accents, so that "sulje" finds "Sulje" and "a" finds "å". */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
