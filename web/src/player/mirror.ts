/**
 * One page of the shopper's, rebuilt in a frame without scripts: rrweb's replayer, fed event by
 * event.
 *
 * rrweb's live mode waits for the recorder's clock, which is the shopper's and may be wrong by
 * hours, and for a timer. So each event is cast at once, stamped by our own clock. What it would
 * do with time (pointer, smooth scrolling) is done here and in the marks instead.
 */
import { Replayer } from '@rrweb/replay';
import type { eventWithTime } from '@rrweb/types';
import { type CleanEvent, EventType, Source } from './events.ts';

/** What of the replayer is used; `@rrweb/replay` is pinned to the version this was read from. */
interface Casting {
  readonly iframe: HTMLIFrameElement;
  getCastFn(event: CleanEvent & { timestamp: number }, sync: boolean): () => void;
  getMirror(): { getId(node: Node | null): number; getNode(id: number): Node | null };
  on(event: string, handler: () => void): void;
  destroy(): void;
  cache: { stylesWithHoverClass: { get(css: string): string; set(): void } };
}

export interface Point {
  x: number;
  y: number;
}

/** Where a node is, in the coordinates of the shopper's window. */
export interface Found {
  id: number;
  element: Element;
  box: DOMRect;
  /** Where in the box, from 0 to 1. */
  fx: number;
  fy: number;
}

const RULES = [
  '*, *::before, *::after { cursor: default !important; }',
  'html { scrollbar-width: none; }',
  // What may not be seen has its place and no more.
  '.rr-block { background: repeating-linear-gradient(135deg, #e4e6ec 0 8px, #d3d6de 8px 16px) !important; }',
];

export class Mirror {
  readonly #replayer: Casting;
  readonly #holder: HTMLElement;
  readonly #changed: () => void;
  #hovered: Element[] = [];
  #document = 0;
  #settling = false;
  href = '';
  width = 1;
  height = 1;
  /** Where the shopper's page is scrolled to. */
  scroll: Point = { x: 0, y: 0 };
  /** Where the shopper's pointer is in the document; null: nothing known. */
  pointer: Point | null = null;
  clicks = 0;
  following = true;

  /**
   * Rebuilds a page in `holder`, which must be in the document.
   *
   * Throws when the events make no page.
   */
  constructor(holder: HTMLElement, events: readonly CleanEvent[], changed: () => void) {
    this.#holder = holder;
    this.#changed = changed;
    const [meta] = events;
    this.#replayer = new Replayer([{ ...meta, timestamp: Date.now() } as eventWithTime], {
      root: holder,
      liveMode: true,
      useVirtualDom: false,
      mouseTail: false,
      triggerFocus: false,
      pauseAnimation: false,
      showWarning: false,
      insertStyleRules: RULES,
    }) as unknown as Casting;
    // The guard has read every sheet already, and adapted it (css.ts); the replayer would parse
    // each with PostCSS, which takes longer than all the rest.
    this.#replayer.cache = { stylesWithHoverClass: { get: (css) => css, set: () => undefined } };
    const frame = this.#replayer.iframe;
    frame.tabIndex = -1;
    frame.title = '';
    let built = false;
    this.#replayer.on('fullsnapshot-rebuilded', () => {
      built = true;
    });
    for (const event of events) {
      this.#one(event);
    }
    if (!built) {
      this.destroy();
      throw new Error('the page cannot be rebuilt');
    }
    this.#document = this.#replayer.getMirror().getId(frame.contentDocument);
    for (const kind of ['load', 'error', 'transitionend', 'animationend']) {
      frame.contentDocument?.addEventListener(kind, () => this.#settle(), true);
    }
    this.#settle();
  }

  get document(): Document | null {
    return this.#replayer.iframe.contentDocument;
  }

  get window(): Window | null {
    return this.#replayer.iframe.contentWindow;
  }

  /** Where the mirror is scrolled to: by the shopper, or by who looks around. */
  get offset(): Point {
    return { x: this.window?.scrollX ?? 0, y: this.window?.scrollY ?? 0 };
  }

  apply(events: readonly CleanEvent[]): void {
    for (const event of events) {
      this.#one(event);
    }
    this.#settle();
  }

  #one(event: CleanEvent): void {
    if (event.type === EventType.Meta) {
      this.href = event.data.href;
      this.#size(event.data.width, event.data.height);
      return;
    }
    if (event.type === EventType.FullSnapshot) {
      const { top, left } = event.data.initialOffset;
      this.scroll = { x: left, y: top };
      this.#cast(event);
      return;
    }
    const { data } = event;
    switch (data.source) {
      case Source.MouseMove:
      case Source.Click:
        this.#point(data.id, data.x, data.y);
        this.clicks += data.source === Source.Click ? 1 : 0;
        break;
      case Source.Resize:
        this.#size(data.width, data.height);
        break;
      case Source.Scroll:
        this.#scrolled(data.id, data.x, data.y);
        break;
      default:
        this.#cast(event);
    }
  }

  #cast(event: CleanEvent): void {
    try {
      this.#replayer.getCastFn({ ...event, timestamp: Date.now() }, true)();
    } catch {
      // A change that does not fit the page; what follows may.
    }
  }

  #size(width: number, height: number): void {
    this.width = width;
    this.height = height;
    const frame = this.#replayer.iframe;
    frame.style.display = 'block';
    frame.width = String(width);
    frame.height = String(height);
  }

  #scrolled(id: number, x: number, y: number): void {
    const target = this.#replayer.getMirror().getNode(id);
    if (id === this.#document || target === this.document) {
      this.scroll = { x, y };
    } else if (target !== null) {
      const scroller =
        'scrollTo' in target ? (target as Element) : (target as Document).defaultView;
      scroller?.scrollTo({ left: x, top: y, behavior: 'instant' });
    }
  }

  /** Follows the shopper's scrolling, again when what loads late makes the page longer. */
  #settle(): void {
    const { x, y } = this.offset;
    if (this.following && (Math.abs(x - this.scroll.x) > 1 || Math.abs(y - this.scroll.y) > 1)) {
      this.window?.scrollTo({ left: this.scroll.x, top: this.scroll.y, behavior: 'instant' });
    }
    if (!this.#settling) {
      this.#settling = true;
      queueMicrotask(() => {
        this.#settling = false;
        this.#changed();
      });
    }
  }

  /** Follows the shopper's scrolling, or stays where it is. */
  follow(on: boolean): void {
    this.following = on;
    this.#settle();
  }

  /** Looks around: scrolls what is at `at` in the window, or the page. */
  look(at: Point, dx: number, dy: number): void {
    const inner = scrollable(this.#under(at), dx, dy);
    const target = inner ?? this.window;
    target?.scrollBy({ left: dx, top: dy, behavior: 'instant' });
    this.#changed();
  }

  // --- the shopper's pointer ------------------------------------------------------------------

  #point(id: number, x: number, y: number): void {
    const node = this.#replayer.getMirror().getNode(id);
    const base = frameOffset(node, this.#replayer.iframe);
    this.pointer = { x: x + base.x + this.scroll.x, y: y + base.y + this.scroll.y };
    this.#hover(node);
  }

  /** Marks what is under the pointer as the cleaned sheets expect it (css.ts: `:hover` is a class). */
  #hover(node: Node | null): void {
    const chain: Element[] = [];
    let at: Node | null = node;
    while (at !== null) {
      if (at.nodeType === Node.ELEMENT_NODE) {
        chain.push(at as Element);
      }
      at = at.parentNode ?? ('host' in at ? (at.host as Node) : null);
    }
    for (const element of this.#hovered) {
      if (!chain.includes(element)) {
        element.classList.remove(':hover');
      }
    }
    for (const element of chain) {
      element.classList.add(':hover');
    }
    this.#hovered = chain;
  }

  // --- finding things -------------------------------------------------------------------------

  #under(at: Point): Element | null {
    let root: Document | ShadowRoot | null = this.document;
    let found: Element | null = null;
    let { x, y } = at;
    while (root !== null) {
      const hit: Element | null = root.elementFromPoint(x, y);
      if (hit === null || hit === found) {
        break;
      }
      found = hit;
      if (hit.tagName === 'IFRAME') {
        const box = hit.getBoundingClientRect();
        x -= box.left + hit.clientLeft;
        y -= box.top + hit.clientTop;
        root = (hit as HTMLIFrameElement).contentDocument;
      } else {
        root = hit.shadowRoot;
      }
    }
    return found;
  }

  /** Returns the recorded element at a place in the shopper's window. */
  at(point: Point): Found | null {
    const mirror = this.#replayer.getMirror();
    let element = this.#under(point);
    while (element !== null && mirror.getId(element) <= 0) {
      element = element.parentElement;
    }
    if (element === null) {
      return null;
    }
    const box = boxOf(element, this.#replayer.iframe);
    const within = (part: number, whole: number) =>
      whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0.5;
    return {
      id: mirror.getId(element),
      element,
      box,
      fx: within(point.x - box.x, box.width),
      fy: within(point.y - box.y, box.height),
    };
  }

  /** Returns the box of a node in the shopper's window; null: there is none. */
  box(id: number): DOMRect | null {
    const node = this.#replayer.getMirror().getNode(id);
    return node?.isConnected && 'getBoundingClientRect' in node
      ? boxOf(node as Element, this.#replayer.iframe)
      : null;
  }

  destroy(): void {
    try {
      this.#replayer.destroy();
    } catch {
      // It takes its own parts away, and some may be gone.
    }
    this.#holder.remove();
  }
}

function frameOffset(node: Node | null, outermost: HTMLIFrameElement): Point {
  const offset = { x: 0, y: 0 };
  let frame = (node?.ownerDocument ?? (node as Document | null))?.defaultView?.frameElement;
  while (frame && frame !== outermost) {
    const box = frame.getBoundingClientRect();
    offset.x += box.left + frame.clientLeft;
    offset.y += box.top + frame.clientTop;
    frame = frame.ownerDocument.defaultView?.frameElement;
  }
  return offset;
}

function boxOf(element: Element, outermost: HTMLIFrameElement): DOMRect {
  const box = element.getBoundingClientRect();
  const base = frameOffset(element, outermost);
  return new DOMRect(box.x + base.x, box.y + base.y, box.width, box.height);
}

function scrollable(from: Element | null, dx: number, dy: number): Element | null {
  for (let at = from; at !== null; at = at.parentElement) {
    if (at === at.ownerDocument.scrollingElement || at === at.ownerDocument.body) {
      return null;
    }
    const style = at.ownerDocument.defaultView?.getComputedStyle(at);
    const moves = (overflow: string | undefined, whole: number, shown: number) =>
      (overflow === 'auto' || overflow === 'scroll') && whole > shown + 1;
    const down = dy !== 0 && moves(style?.overflowY, at.scrollHeight, at.clientHeight);
    const across = dx !== 0 && moves(style?.overflowX, at.scrollWidth, at.clientWidth);
    if (down || across) {
      return at;
    }
  }
  return null;
}
