/**
 * The texts that a reader sees as one: `4111 <b>1111</b> <b>1111</b> 1111` is four nodes.
 *
 * A run is the text of neighbouring inline elements. Figures alone in boxes (`<div>4111</div>` four
 * times) are one too, when nothing but figures is around them.
 */
import type { Span } from './spans.ts';

const INLINE = new Set(
  `a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark output q s samp small span
  strike strong sub sup time tt u var wbr br tspan`.split(/\s+/),
);
const LONGEST_RUN = 2000; // characters
const FIGURES = /^[\s\d-]{1,8}$/;
const ONLY_FIGURES = /^[\s\d•·–-]{1,60}$/;
const CLIMB = 3;
const MOST_BOXES = 24;

/** Texts that are read together. */
export class Run {
  readonly nodes = new Map<Text, number>();
  text = '';
  /** Where the whole must be hidden; filled in by whoever looks. */
  spans: readonly Span[] | null = null;

  add(node: Text, gap = ''): void {
    if (this.nodes.size) this.text += gap;
    this.nodes.set(node, this.text.length);
    this.text += node.data;
  }

  /** Return the part of the spans that lies in one node, in its own units. */
  within(node: Text): Span[] {
    const offset = this.nodes.get(node) ?? 0;
    const found: Span[] = [];
    for (const [start, end] of this.spans ?? []) {
      const from = Math.max(0, start - offset);
      const to = Math.min(node.data.length, end - offset);
      if (from < to) found.push([from, to]);
    }
    return found;
  }
}

/** The runs of a page, each put together once. */
export class Runs {
  readonly #inline = new Map<Text, Run | null>();

  /** Return the runs that a text is in; none when it stands alone. */
  of(node: Text): readonly Run[] {
    const runs: Run[] = [];
    const inline = this.#inlineRun(node);
    if (inline) runs.push(inline);
    if (FIGURES.test(node.data)) {
      const boxes = boxedRun(node);
      if (boxes) runs.push(boxes);
    }
    return runs;
  }

  clear(): void {
    this.#inline.clear();
  }

  #inlineRun(node: Text): Run | null {
    const known = this.#inline.get(node);
    if (known !== undefined) return known;
    let around = node.parentElement;
    if (!around) return null;
    if (around.firstChild === around.lastChild && !INLINE.has(around.localName)) return null;
    while (INLINE.has(around.localName) && around.parentElement) around = around.parentElement;
    const { run, whole } = gather(node, around);
    const found = run.nodes.size > 1 ? run : null;
    this.#inline.set(node, found);
    if (found && whole) for (const other of found.nodes.keys()) this.#inline.set(other, found);
    return found;
  }
}

/** Return the inline texts around one, up to a block on either side: `whole`, or as far as it looks. */
function gather(node: Text, around: Element): { run: Run; whole: boolean } {
  const before = walk(node, around, 'previousSibling', 'lastChild');
  const after = walk(node, around, 'nextSibling', 'firstChild');
  const run = new Run();
  for (const part of [...before.parts.reverse(), node, ...after.parts]) {
    if (part === ' ') run.text += part;
    else run.add(part);
  }
  return { run, whole: before.whole && after.whole };
}

/** Return the texts on one side of a text, the nearest first. A page of many words is not walked. */
function walk(
  from: Text,
  around: Element,
  beside: 'previousSibling' | 'nextSibling',
  within: 'lastChild' | 'firstChild',
): { parts: (Text | ' ')[]; whole: boolean } {
  const parts: (Text | ' ')[] = [];
  const past = (node: Node): Node | null => {
    for (let at: Node | null = node; at && at !== around; at = at.parentNode) {
      if (at[beside]) return at[beside];
    }
    return null;
  };
  let length = 0;
  let at = past(from);
  for (let steps = 0; at; steps += 1) {
    if (steps > LONGEST_RUN || length > LONGEST_RUN) return { parts, whole: false };
    let inner: Node | null = null;
    if (at.nodeType === 3) {
      parts.push(at as Text);
      length += (at as Text).data.length;
    } else if (at.nodeType === 1) {
      const { localName } = at as Element;
      if (localName === 'br') parts.push(' ');
      else if (!INLINE.has(localName)) break;
      else inner = at[within];
    }
    at = inner ?? past(at);
  }
  return { parts, whole: true };
}

function boxedRun(node: Text): Run | null {
  let around: Element | null = null;
  let parent = node.parentElement;
  for (let level = 0; level < CLIMB && parent; level += 1) {
    if (parent.childElementCount > MOST_BOXES) break;
    if (!ONLY_FIGURES.test(parent.textContent ?? '')) break;
    around = parent;
    parent = parent.parentElement;
  }
  if (!around) return null;
  const run = new Run();
  for (const box of boxesBeside(around)) {
    const walker = box.ownerDocument.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) run.add(walker.currentNode as Text, ' ');
  }
  return run.nodes.size > 1 ? run : null;
}

/** The boxes of figures in a row: a label may stand before them in the same box. */
function boxesBeside(box: Element): Element[] {
  const row = [box];
  const figures = (other: Element | null): other is Element =>
    other !== null && row.length < MOST_BOXES && FIGURES.test(other.textContent ?? '');
  if (!figures(box)) return row;
  for (let at = box.previousElementSibling; figures(at); at = at.previousElementSibling)
    row.unshift(at);
  for (let at = box.nextElementSibling; figures(at); at = at.nextElementSibling) row.push(at);
  return row;
}
