/**
 * A long list that starts at its end and draws only what is near the view (`virtual.ts`).
 *
 * It stays at the end while the reader is there, and keeps what is being read in place when
 * something above changes: older rows arrive, a picture loads, a row is taller than guessed.
 */
import type { ComponentChildren, VNode } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Anchor, anchorAt, Offsets, scrollTo } from './virtual';

const GUESS = 48; // px of a row while none was drawn; later their mean
const SPARE = 600; // px drawn outside the view, so that a quick scroll meets rows
const NEAR_END = 48; // px from the end that still count as being there
const NEAR_START = 400; // px from the start at which older rows are asked for

// The browser keeps what is read in place by itself where it can, and then does not break off a
// scroll that is under way, as setting `scrollTop` does; but it never does so at the very start.
const NATIVE = CSS.supports('overflow-anchor', 'auto');

interface ScrollerProps {
  keys: readonly string[];
  render: (key: string, at: number) => VNode;
  label: string;
  /** Changes when another list is shown: it starts at its end again. */
  identity: string;
  /** Rows that are not what one reads: older rows may push them up. */
  loose: (key: string) => boolean;
  onStart?: () => void;
  onEnd?: (atEnd: boolean) => void;
  /** Shown after the last row. */
  children?: ComponentChildren;
}

export function Scroller(props: ScrollerProps): VNode {
  const { keys, identity, onStart, onEnd } = props;
  const view = useRef<HTMLDivElement>(null);
  const heights = useRef(new Map<string, number>());
  const anchor = useRef<Anchor | null>(null);
  const atEnd = useRef(true);
  const last = useRef({ top: 0, height: 0 }); // where the view was last known to be, of how much
  const [place, setPlace] = useState({ scroll: 0, height: 800 });
  const [measured, setMeasured] = useState(0);

  const offsets = useMemo(
    () => new Offsets(keys, heights.current, meanOf(heights.current)),
    [keys, measured],
  );
  const shown = offsets.window(place.scroll, place.height, SPARE);

  const settle = useCallback(() => {
    const el = view.current;
    if (!el) return;
    const { top: was, height } = last.current;
    if (atEnd.current && el.scrollTop < was - 1 && el.scrollHeight >= height) {
      return; // the reader has begun to scroll up, and the event that says so is on its way
    }
    if (atEnd.current) {
      el.scrollTop = el.scrollHeight;
    } else if (anchor.current && (!NATIVE || el.scrollTop <= 1)) {
      const top = scrollTo(anchor.current, keys, offsets);
      if (top !== null && Math.abs(top - el.scrollTop) > 1) el.scrollTop = top;
    }
    last.current = { top: el.scrollTop, height: el.scrollHeight };
    setPlace((before) =>
      before.scroll === el.scrollTop && before.height === el.clientHeight
        ? before
        : { scroll: el.scrollTop, height: el.clientHeight },
    );
  }, [keys, offsets]);

  useLayoutEffect(() => {
    atEnd.current = true;
    anchor.current = null;
    last.current = { top: 0, height: 0 };
  }, [identity]);

  useLayoutEffect(settle, [settle, identity]);

  const measure = useMemo(() => {
    const observer = new ResizeObserver((sizes) => {
      let changed = false;
      for (const { target, borderBoxSize } of sizes) {
        const key = (target as HTMLElement).dataset.key;
        const height = borderBoxSize[0]?.blockSize ?? 0;
        if (key && height > 0 && heights.current.get(key) !== height) {
          heights.current.set(key, height);
          changed = true;
        }
      }
      if (changed) setMeasured((n) => n + 1);
    });
    return observer;
  }, []);
  useEffect(() => () => measure.disconnect(), [measure]);

  useEffect(() => {
    const el = view.current;
    if (!el) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) el.scrollTop = el.scrollHeight;
      last.current = { top: el.scrollTop, height: el.scrollHeight };
      setPlace({ scroll: el.scrollTop, height: el.clientHeight });
    });
    observer.observe(el);
    return () => observer.disconnect();
  }, []);

  const scrolled = () => {
    const el = view.current;
    if (!el) return;
    const end = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END;
    if (end !== atEnd.current) onEnd?.(end);
    atEnd.current = end;
    last.current = { top: el.scrollTop, height: el.scrollHeight };
    anchor.current = anchorAt(keys, offsets, el.scrollTop, props.loose);
    setPlace({ scroll: el.scrollTop, height: el.clientHeight });
    if (el.scrollTop < NEAR_START) onStart?.();
  };

  return (
    <div
      class="scroller"
      ref={view}
      onScroll={scrolled}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={props.label}
    >
      <div style={{ height: `${shown.above}px` }} />
      {keys.slice(shown.from, shown.to).map((key, at) => (
        <Measured key={key} id={key} observer={measure}>
          {props.render(key, shown.from + at)}
        </Measured>
      ))}
      <div style={{ height: `${shown.below}px` }} />
      {props.children}
    </div>
  );
}

function meanOf(heights: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const height of heights.values()) sum += height;
  return heights.size === 0 ? GUESS : sum / heights.size;
}

function Measured(props: {
  id: string;
  observer: ResizeObserver;
  children: ComponentChildren;
}): VNode {
  const box = useRef<HTMLDivElement>(null);
  const { observer } = props;
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    observer.observe(el);
    return () => observer.unobserve(el);
  }, [observer]);
  return (
    <div ref={box} data-key={props.id}>
      {props.children}
    </div>
  );
}
