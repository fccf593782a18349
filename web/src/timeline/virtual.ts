/**
 * Which rows of a long list are drawn: offsets from measured or guessed heights, and the window.
 *
 * Pure; `Scroller.tsx` measures and scrolls. A thread of 2,000 entries draws some thirty rows, and a
 * row that turns out taller than guessed moves what is below it, never what is being read.
 */

export interface Window {
  /** The first drawn row, and one past the last. */
  from: number;
  to: number;
  /** Heights of what is left out above and below, in pixels. */
  above: number;
  below: number;
}

export class Offsets {
  private readonly tops: Float64Array;

  /** `heights`: measured heights by key; a row that was never drawn counts as `guess` pixels. */
  constructor(keys: readonly string[], heights: ReadonlyMap<string, number>, guess: number) {
    this.tops = new Float64Array(keys.length + 1);
    let top = 0;
    keys.forEach((key, at) => {
      this.tops[at] = top;
      top += heights.get(key) ?? guess;
    });
    this.tops[keys.length] = top;
  }

  get count(): number {
    return this.tops.length - 1;
  }

  get total(): number {
    return this.top(this.count);
  }

  /** The top of row `at`; that of `count` is the whole height. */
  top(at: number): number {
    return this.tops[Math.min(Math.max(at, 0), this.count)] ?? 0;
  }

  /** The row that covers pixel `y`; the first or the last when `y` is outside. */
  at(y: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /** The rows to draw for a view of `height` pixels at `scroll`, and `spare` pixels around it. */
  window(scroll: number, height: number, spare: number): Window {
    if (this.count === 0) return { from: 0, to: 0, above: 0, below: 0 };
    const from = this.at(scroll - spare);
    const to = Math.min(this.count, this.at(scroll + height + spare) + 1);
    return { from, to, above: this.top(from), below: this.total - this.top(to) };
  }
}

/** What is being read: a row and how far its top is above (negative) or below the view's top. */
export interface Anchor {
  key: string;
  delta: number;
}

/** @param loose rows that older ones may push up (a day's name): the row after is anchored */
export function anchorAt(
  keys: readonly string[],
  offsets: Offsets,
  scroll: number,
  loose: (key: string) => boolean = () => false,
): Anchor | null {
  let at = offsets.at(scroll);
  while (at + 1 < keys.length && loose(keys[at] ?? '')) at += 1;
  const key = keys[at];
  return key === undefined ? null : { key, delta: offsets.top(at) - scroll };
}

/** The scroll position that shows the anchor where it was; null when its row is gone. */
export function scrollTo(anchor: Anchor, keys: readonly string[], offsets: Offsets): number | null {
  const at = keys.indexOf(anchor.key);
  return at < 0 ? null : offsets.top(at) - anchor.delta;
}
