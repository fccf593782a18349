/** What of a page is hidden from the viewers, found in the page itself, for the preview. */
import type { Engine } from './engine.ts';
import { frameDocument, holdsText, isField } from './fields.ts';

/**
 * Return the boxes and the stretches of text that viewers do not see.
 *
 * Only what takes room on the page: a hidden input is hidden from the shopper too.
 */
export function hiddenIn(root: Document, engine: Engine): { elements: Element[]; ranges: Range[] } {
  const elements: Element[] = [];
  const ranges: Range[] = [];
  engine.fields.collect(root);
  engine.fields.refresh();

  const visit = (node: Node) => {
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.nodeType === 1) look(child as Element);
      else if (child.nodeType === 3) read(child as Text);
    }
  };
  const look = (element: Element) => {
    const { hide } = engine.placeOf(element);
    if (hide === 'empty' || hide === 'block') {
      if (hide === 'block' && element.getClientRects().length) elements.push(element);
      return;
    }
    const frame = element.localName === 'iframe';
    const inside = frame ? frameDocument(element) : null;
    if ((frame && !inside) || hides(element)) {
      if (element.getClientRects().length) elements.push(element);
      return;
    }
    if (element.shadowRoot) visit(element.shadowRoot);
    visit(inside ?? element);
  };
  const hides = (element: Element): boolean => {
    // An empty one too: the shopper asks what will be hidden of what they are about to write.
    return isField(element) && holdsText(element) && !engine.placeOf(element).show;
  };
  const read = (text: Text) => {
    if (text.data.trim() === '') return;
    const place = engine.placeOf(text);
    const spans = place.hide
      ? [[0, text.data.length] as const]
      : engine.spans(text, text.data, place.show);
    for (const [start, end] of spans) {
      const range = text.ownerDocument.createRange();
      range.setStart(text, start);
      range.setEnd(text, end);
      if (range.getClientRects().length) ranges.push(range);
    }
  };
  visit(root);
  return { elements, ranges };
}
