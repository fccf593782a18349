/**
 * Where things are, through shadow roots and the frames that the page may reach. Boxes are in CSS
 * pixels of the page's window; `inDocument` makes document pixels of them.
 */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The element that a node is, or is in. */
export function elementOf(node: Node): Element | null {
  if (node.nodeType === Node.ELEMENT_NODE) return node as Element;
  if (node.nodeType === Node.DOCUMENT_NODE) return (node as Document).documentElement;
  return node.parentElement;
}

/** The parent, or the host of a shadow root, or the frame around a document. */
export function outer(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return 'host' in root ? (root as ShadowRoot).host : frameOf(element);
}

/** Whether `element` is in `container`, or is it; through shadow roots. */
export function within(element: Element, container: Element): boolean {
  for (let each: Element | null = element; each; each = outer(each))
    if (each === container) return true;
  return false;
}

/** The nearest that matches, from `element` outwards, through shadow roots and frames. */
export function nearest(element: Element, selector: string): Element | null {
  for (let each: Element | null = element; each; each = outer(each))
    if (each.matches(selector)) return each;
  return null;
}

/** The box of an element, or of a range, in the page's window. */
export function boxOf(what: Element | Range): Box {
  return shifted(what.getBoundingClientRect(), ownerOf(what));
}

/** The boxes of its lines. */
export function boxesOf(what: Element | Range): Box[] {
  const owner = ownerOf(what);
  return [...what.getClientRects()].map((box) => shifted(box, owner));
}

export function inDocument({ x, y, width, height }: Box): Box {
  return { x: x + scrollX, y: y + scrollY, width, height };
}

/**
 * The topmost element at a point of the page's window, in shadow roots and frames, as the pointer
 * would meet it.
 */
export function elementAt(x: number, y: number): Element | null {
  let root: Document | ShadowRoot = document;
  let [left, top] = [x, y];
  for (;;) {
    const hit: Element | null = root.elementFromPoint(left, top);
    const inner: Document | null = hit && innerDocument(hit);
    if (hit && inner) {
      const [dx, dy] = contentOffset(hit);
      [left, top] = [left - dx, top - dy];
      root = inner;
    } else if (hit?.shadowRoot && hit.shadowRoot !== root) {
      root = hit.shadowRoot;
    } else {
      return hit ?? ('host' in root ? root.host : null);
    }
  }
}

function ownerOf(what: Element | Range): Document | null {
  return 'startContainer' in what ? what.startContainer.ownerDocument : what.ownerDocument;
}

function frameOf(element: Element): Element | null {
  return element.ownerDocument.defaultView?.frameElement ?? null;
}

function shifted({ x, y, width, height }: Box, owner: Document | null): Box {
  const frame = owner?.defaultView?.frameElement;
  if (!frame) return { x, y, width, height };
  const [dx, dy] = contentOffset(frame);
  return shifted({ x: x + dx, y: y + dy, width, height }, frame.ownerDocument);
}

/** Where a frame's own window begins in the window it is in. A frame that is turned is not met. */
function contentOffset(frame: Element): [number, number] {
  const { x, y } = frame.getBoundingClientRect();
  const style = getComputedStyle(frame);
  const inset = (side: 'Left' | 'Top') =>
    Number.parseFloat(style[`padding${side}`]) + Number.parseFloat(style[`border${side}Width`]);
  return [x + inset('Left'), y + inset('Top')];
}

function innerDocument(element: Element): Document | null {
  return element.localName === 'iframe' ? (element as HTMLIFrameElement).contentDocument : null;
}
