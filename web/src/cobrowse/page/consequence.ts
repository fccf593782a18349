/**
 * What a click would set off. Submitting, paying and leaving the shop stay the shopper's, so a
 * click that would do one of them is refused.
 *
 * What an element says about itself is asked before (`commits`). A script can submit without
 * saying so: while an operation runs, and for a second after it, submits and departures are stopped
 * where they happen (`Commitments`). A shop whose script pays without a form marks that button
 * with `data-cobrowse="nocontrol"`.
 */
import { Windows } from './frames.ts';
import { nearest, outer } from './geometry.ts';
import { pays } from './paying.ts';

const AFTER = 1000; // ms; a shop's script may submit a little later than the click
const PRESSED = 'button,a[href],area[href],input,summary,[role=button],[role=link],[onclick]';

/** Whether a click on `element` would submit, pay, leave the page's origin or open a window. */
export function commits(element: Element): boolean {
  for (let each: Element | null = element; each; each = outer(each)) {
    if (submits(each) || departs(each) || (each.matches(PRESSED) && namesOf(each).some(pays)))
      return true;
  }
  return false;
}

/** The field that a click on `element` goes to: that of the label around it. */
export function labelled(element: Element): Element | null {
  return (nearest(element, 'label') as HTMLLabelElement | null)?.control ?? null;
}

function submits(element: Element): boolean {
  // Of a made-up element (`<shop-button type="submit">`) the attribute is all that can be asked.
  if (/^(submit|image)$/i.test(element.getAttribute('type') ?? '')) return true;
  return element.localName === 'button' && isSubmit(element as HTMLButtonElement);
}

/** A button in a form submits it unless it says otherwise. */
function isSubmit({ type, form }: HTMLButtonElement): boolean {
  return type === 'submit' && form !== null;
}

function departs(element: Element): boolean {
  if (!/^(a|area)$/.test(element.localName)) return false;
  const href = element.getAttribute('href') ?? element.getAttribute('xlink:href');
  if (href === null) return false;
  const target = (element.getAttribute('target') ?? '_self').toLowerCase();
  if (element.hasAttribute('download') || !/^(|_self|_top|_parent)$/.test(target)) return true;
  try {
    const { origin, protocol } = new URL(href, element.baseURI);
    return origin !== location.origin && protocol !== 'javascript:'; // the shop's own script
  } catch {
    return false; // goes nowhere
  }
}

/** Each by itself: one that is said twice would be no name that pays. */
function namesOf(element: Element): string[] {
  const value = 'value' in element ? String(element.value) : '';
  const pictures = Array.from(element.querySelectorAll('img[alt]'), (img) =>
    img.getAttribute('alt'),
  );
  const names = [element.ariaLabel, element.getAttribute('title'), ...pictures];
  return [element.textContent?.slice(0, 200) ?? '', value, ...names.map((name) => name ?? '')];
}

/** Stops what commits the shopper to something, when it comes of an operation. */
export class Commitments {
  #over: AbortController | null = null;
  #stopped = false;

  /** Act; returns whether it tried to submit or to leave, in any frame, which has been stopped. */
  during(act: () => void): boolean {
    this.lift();
    this.#over = new AbortController();
    this.#stopped = false;
    const { signal } = this.#over;
    // A click in one frame may submit a form in another.
    new Windows((view) => this.#guard(view as Window & typeof globalThis, signal));
    setTimeout(() => signal === this.#over?.signal && this.lift(), AFTER);
    act();
    return this.#stopped;
  }

  /** The shopper goes on by themselves: whatever comes now is theirs. */
  lift(): void {
    this.#over?.abort();
    this.#over = null;
  }

  #guard(view: Window & typeof globalThis, signal: AbortSignal): void {
    const stop = (event: Event) => {
      this.#stopped = true;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    view.addEventListener('submit', stop, { capture: true, signal });
    view.navigation?.addEventListener(
      'navigate',
      (event) => {
        const { destination, formData } = event;
        const leaves = new URL(destination.url).origin !== location.origin;
        if (event.cancelable && (formData || leaves)) stop(event);
      },
      { signal },
    );
    const restore = withoutSubmit(view.HTMLFormElement.prototype, () => {
      this.#stopped = true;
    });
    signal.addEventListener('abort', restore);
  }
}

/** `form.submit()` fires no event: for that long it does nothing. Returns how to give it back. */
function withoutSubmit(forms: HTMLFormElement, tried: () => void): () => void {
  const real = Object.getOwnPropertyDescriptor(forms, 'submit');
  if (!real?.configurable) return () => {};
  Object.defineProperty(forms, 'submit', { ...real, value: tried });
  return () => Object.defineProperty(forms, 'submit', real);
}
