/** Stretches of a text that must not be shown, and what stands in their place. Pure. */

/** From where to where in a text: `[start, end)` in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** Finds what must not be shown in a text. */
export type Detector = (text: string) => readonly Span[];

/** What stands for anything hidden. Its length tells nothing about what it hides. */
export const MASK = '••••••••';

/** Put the mask in the place of every span; spans may overlap and come in any order. */
export function redact(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let out = '';
  let at = 0;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (start >= at) out += text.slice(at, start) + MASK;
    at = Math.max(at, end);
  }
  return out + text.slice(at);
}

const WORD = /\S+/g;

/**
 * Hide a whole text but keep where its words break, so that the page keeps its shape. Words are
 * lengthened to a multiple of four: a PIN and a name of six letters look the same.
 */
export function shroud(text: string): string {
  return text.replace(WORD, (word) => '•'.repeat(Math.ceil(word.length / 4) * 4));
}
