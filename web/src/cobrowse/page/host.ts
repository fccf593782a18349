/**
 * Our one element in the shop's page, `<tiski-cobrowse>`: a closed shadow root that the shop's
 * scripts and styles do not reach. It stands on the root element, so that a shop which replaces its
 * `<body>` keeps it, and it is put back when somebody takes it away.
 *
 * Everything inside is fixed: nothing in the shop moves (CLS 0). Styles are constructed sheets,
 * which a Content-Security-Policy with `style-src 'self'` allows, and `<style>` is not.
 */

export const TAG = 'tiski-cobrowse';
/** Ours in the shop's page: never recorded, never operated. */
export const OURS = `${TAG},tiski-chat`;

const POPOVERS = 'togglePopover' in HTMLElement.prototype;

export class Host {
  readonly #element = document.createElement(TAG);
  readonly #root: ShadowRoot;

  constructor(css: string) {
    this.#root = this.#element.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets = [sheet];
    this.#element.popover = 'manual';
    this.settle();
  }

  add(...nodes: Node[]): void {
    this.#root.append(...nodes);
  }

  /**
   * Stand where the shopper can reach it: in the page's root, or in the modal dialog that is open,
   * which makes all the rest of the page inert. Cheap when nothing has changed.
   */
  settle(): void {
    const home = topModal() ?? document.documentElement;
    if (this.#element.parentNode !== home) home.append(this.#element);
    // Moving closes a popover, and an older browser has none: there the dialog's box must do.
    const above = home !== document.documentElement;
    if (POPOVERS && above !== this.#element.matches(':popover-open'))
      this.#element.togglePopover(above);
  }

  remove(): void {
    this.#element.remove();
  }
}

/** The modal dialog opened last, so far as the document's order tells. */
function topModal(): Element | undefined {
  return [...document.querySelectorAll('dialog:modal')].at(-1);
}
