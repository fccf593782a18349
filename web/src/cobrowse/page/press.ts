/** Presses an element as a mouse would, and scrolls what is under it. */
import { outer } from './geometry.ts';

const FOCUSABLE =
  'a[href],button,input,select,textarea,summary,[tabindex],[contenteditable]:not([contenteditable=false])';

/** Press `element` at a point of its own window. */
export function press(element: Element, clientX: number, clientY: number): void {
  const view = element.ownerDocument.defaultView ?? window;
  const at = { bubbles: true, cancelable: true, composed: true, view, clientX, clientY };
  const send = (type: string, buttons = 0) => {
    const detail = /click|down|up/.test(type) ? 1 : 0;
    const kind = type.startsWith('pointer')
      ? new view.PointerEvent(type, {
          ...at,
          buttons,
          pointerId: 1,
          pointerType: 'mouse',
          isPrimary: true,
        })
      : new view.MouseEvent(type, { ...at, buttons, detail });
    return element.dispatchEvent(kind);
  };
  for (const type of ['pointerover', 'mouseover', 'pointermove', 'mousemove']) send(type);
  const down = send('pointerdown', 1);
  const kept = send('mousedown', 1);
  if (down && kept) focus(element);
  send('pointerup');
  send('mouseup');
  // `click()` does what a click does by itself: follow a link, tick a box, open a <details>.
  if ('click' in element) (element as HTMLElement).click();
  else send('click');
}

function focus(element: Element): void {
  (element.closest(FOCUSABLE) as HTMLElement | null)?.focus({ preventScroll: true });
}

/** Scroll what is the nearest to `element` that goes that way, else the window. */
export function scroll(element: Element, left: number, top: number): void {
  const way: ScrollToOptions = { left, top, behavior: 'instant' };
  for (let each: Element | null = element; each; each = outer(each)) {
    const view = each.ownerDocument.defaultView ?? window;
    const root = each === each.ownerDocument.scrollingElement;
    const before = [each.scrollLeft, each.scrollTop];
    if (root || goes(view.getComputedStyle(each), left, top)) (root ? view : each).scrollBy(way);
    if (each.scrollLeft !== before[0] || each.scrollTop !== before[1]) return;
  }
}

function goes({ overflowX, overflowY }: CSSStyleDeclaration, left: number, top: number): boolean {
  return (
    (left !== 0 && /auto|scroll/.test(overflowX)) || (top !== 0 && /auto|scroll/.test(overflowY))
  );
}
