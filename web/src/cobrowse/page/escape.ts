/**
 * Whether a press of Esc on the shop's page is meant for us. It is, unless the shop has a use for
 * it: a press that it handled, or one with a dialog, a menu or a list open, closes that instead.
 */

/** What takes Esc for itself, around what has the focus. */
const INSIDE =
  'dialog,[role=dialog],[role=alertdialog],[role=menu],[role=menubar],[role=listbox],[aria-expanded=true],tiski-chat';
/** What takes Esc wherever the focus is. */
const OPEN = [
  'dialog:modal',
  '[aria-modal=true]',
  '[popover]:not([popover=manual i]):popover-open',
  'select:open',
];

/** Answer each press of Esc in `view` that is the shopper's and that the shop has no use for. */
export function onEscape(view: Window, signal: AbortSignal, act: () => boolean): void {
  const pressed = (event: KeyboardEvent) => {
    if (!event.defaultPrevented && act()) event.preventDefault();
  };
  view.addEventListener(
    'keydown',
    (event) => {
      view.removeEventListener('keydown', pressed);
      if (!event.isTrusted || event.key !== 'Escape' || event.repeat || event.isComposing) return;
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      if (inUse(event)) return; // asked before the shop's own handlers close it
      view.addEventListener('keydown', pressed); // now the last of the window's: all have had it
    },
    { capture: true, signal },
  );
  signal.addEventListener('abort', () => view.removeEventListener('keydown', pressed));
}

function inUse(event: KeyboardEvent): boolean {
  const path = event.composedPath();
  // By what it has, not by its class: an element in a frame is of another window's classes.
  if (path.some((target) => 'matches' in target && (target as Element).matches(INSIDE)))
    return true;
  const { document } = event.view ?? window;
  return OPEN.some((selector) => [...found(document, selector)].some(shown));
}

function found(document: Document, selector: string): Iterable<Element> {
  try {
    return document.querySelectorAll(selector);
  } catch {
    return []; // a browser without such things
  }
}

function shown(element: Element): boolean {
  return element.getClientRects().length > 0;
}
