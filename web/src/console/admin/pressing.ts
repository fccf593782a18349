/**
 * Lets a press end before what it set off moves the page. A field that is left by pressing a button
 * may change its height, and the button would be gone from under the pointer before the click.
 */
let pressed = false;

const down = () => {
  pressed = true;
};
const up = () => {
  pressed = false;
};

/** Follow the pointer for as long as some field needs it; returns the end of that. */
export function followPresses(): () => void {
  window.addEventListener('pointerdown', down, true);
  window.addEventListener('pointerup', up, true);
  window.addEventListener('pointercancel', up, true);
  return () => {
    window.removeEventListener('pointerdown', down, true);
    window.removeEventListener('pointerup', up, true);
    window.removeEventListener('pointercancel', up, true);
    pressed = false;
  };
}

/** Do something now, or as the press that is on ends: before the click that it becomes. */
export function afterPress(act: () => void): void {
  if (!pressed) {
    act();
    return;
  }
  const stop = new AbortController();
  const once = () => {
    stop.abort();
    act();
  };
  // A finger that scrolls ends in pointercancel, without a mouseup.
  for (const end of ['mouseup', 'pointercancel']) {
    window.addEventListener(end, once, { capture: true, signal: stop.signal });
  }
}
