/**
 * Guards a consent against clicks that were not meant for it: the button must have been in full
 * sight for half a second, in an open panel of a visible page, and the click a person's.
 */
import { effect, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const SEEN = 500; // ms
const WHOLE = 0.9; // of the button; rounding may take a little off

/** Returns a click handler for the button of `target` that passes on only what was meant. */
export function useMeant(
  target: RefObject<HTMLElement | null>,
  open: ReadonlySignal<boolean>,
  run: () => void,
): (event: Event) => void {
  const since = useRef<number | null>(null);
  useEffect(() => {
    const element = target.current;
    if (!element) return;
    let inSight = false;
    const look = () => {
      const seen = open.value && inSight && !document.hidden; // `open` first: it is followed
      since.current = seen ? (since.current ?? performance.now()) : null;
    };
    const observer = new IntersectionObserver(
      (entries) => {
        inSight = (entries.at(-1)?.intersectionRatio ?? 0) >= WHOLE;
        look();
      },
      { threshold: WHOLE },
    );
    observer.observe(element);
    document.addEventListener('visibilitychange', look);
    const off = effect(look);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', look);
      off();
    };
  }, [target, open]);
  return (event) => {
    const seen = since.current;
    if (event.isTrusted && seen !== null && performance.now() - seen >= SEEN) run();
  };
}
