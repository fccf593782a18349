/**
 * The rules at work: how an element is treated, and what is left of a text, an attribute, a style.
 *
 * Everything is judged as the page is now. What is known of elements is kept for one event only
 * (`begin`), because any change of the page may change it.
 */

import { kindOf } from './attributes.ts';
import { type CssRules, cleanCss } from './css.ts';
import { Echoes } from './echoes.ts';
import { Fields, holdsText, isField } from './fields.ts';
import { Runs } from './neighbours.ts';
import { asRead, reading } from './reading.ts';
import type { Place, Rule, Site, Surroundings } from './rule.ts';
import { DARK_WISH, settleScheme } from './scheme.ts';
import { MASK, redact, type Span, shroud } from './spans.ts';

const OPEN: Place = { hide: null, marked: false, locked: false, show: false };
const CLOSED: Place = { hide: 'empty', marked: true, locked: true, show: false };

/** Texts of these are values: not even their length is told. */
const VALUED = new Set(['option', 'optgroup', 'textarea']);

export class Engine {
  readonly fields: Fields;
  readonly around: Surroundings;
  readonly #rules: readonly Rule[];
  readonly #css: CssRules;
  readonly #joins: boolean;
  readonly #placing: readonly Rule[];
  readonly #attributing: readonly Rule[];
  readonly #finding: readonly Rule[];
  #places = new Map<Node, Place>();
  readonly #runs = new Runs();
  /** Names and parts of addresses, which are the same all over a page. */
  #secrets = new Map<string, boolean>();

  constructor(rules: readonly Rule[], site: Site) {
    this.#rules = rules;
    this.#placing = rules.filter((rule) => rule.place);
    this.#attributing = rules.filter((rule) => rule.attribute);
    this.#finding = rules.filter((rule) => rule.text);
    this.#joins = rules.some((rule) => rule.joins);
    const echoes = new Echoes();
    const secret = (text: string, show = false) => {
      const known = this.#secrets.get(text);
      if (known !== undefined && !show) return known;
      const { read } = asRead(text);
      const found = this.#finding.some((rule) => rule.text?.(read, show, this.around).length);
      if (!show) this.#secrets.set(text, found);
      return found;
    };
    this.around = { site, echoes, secret };
    this.fields = new Fields(echoes, (field) => !this.placeOf(field).show);
    this.#css = {};
    for (const { comment, cssAddress, cssString } of rules) {
      if (comment) this.#css.comment = comment;
      if (cssAddress) this.#css.address = (address) => cssAddress(address, this.around);
      if (cssString) this.#css.string = (text) => cssString(text, this.around);
    }
  }

  /** Forget what was known of the page: it may have changed. */
  begin(): void {
    this.#places.clear();
    this.#runs.clear();
    this.#secrets.clear();
  }

  /** Return how an element or a text is treated, by all that it stands in. */
  placeOf(node: Node): Place {
    const known = this.#places.get(node);
    if (known) return known;
    const parent = surrounding(node);
    return this.placeIn(node, parent ? this.placeOf(parent) : OPEN);
  }

  /** The same, when it is known how its parent is treated. */
  placeIn(node: Node, outer: Place): Place {
    let place = outer;
    const slot = slotOf(node);
    if (slot && !place.hide) {
      const shown = this.placeOf(slot);
      if (shown.hide) place = shown; // a shadow tree hides what is slotted into it
    }
    if (place.hide === 'empty' || place.hide === 'block') place = CLOSED;
    else if (node.nodeType === 1) {
      const element = node as Element;
      const tag = element.localName;
      for (const rule of this.#placing) {
        if (rule.place) place = rule.place(element, tag, place, this.around);
        if (place.hide === 'empty') break;
      }
    }
    this.#places.set(node, place);
    return place;
  }

  /** Tell whether nothing of it is sent, because of what it stands in. */
  inside(node: Node): boolean {
    const parent = surrounding(node);
    const place = parent ? this.placeOf(parent) : OPEN;
    return place.hide === 'empty' || place.hide === 'block';
  }

  /** Tell whether the page or the site keeps control away, on it or on what it stands in. */
  uncontrolled(element: Element): boolean {
    const { nocontrol } = this.around.site;
    for (let node: Node | null = element; node; node = surrounding(node)) {
      if (node.nodeType !== 1) continue;
      const marks = (node as Element).getAttribute('data-cobrowse')?.toLowerCase().split(/\s+/);
      if (marks?.includes('nocontrol')) return true;
      if (nocontrol && (node as Element).matches(nocontrol)) return true;
    }
    return false;
  }

  /** Return what is sent of a text. */
  text(node: Text, value: string, place: Place): string {
    const parent = node.parentElement?.localName ?? '';
    if (parent === 'style') return this.css(value);
    if (place.hide) return VALUED.has(parent) ? value && MASK : shroud(value);
    return redact(value, this.spans(node, value, place.show));
  }

  /** Return where a text must be hidden, by itself and with its neighbours. */
  spans(node: Text, value: string, show: boolean): readonly Span[] {
    if (value.trim() === '') return [];
    const found = this.#find(value, show);
    if (!this.#joins || value !== node.data) return found;
    for (const run of this.#runs.of(node)) {
      run.spans ??= this.#find(run.text, show);
      if (run.spans.length) found.push(...run.within(node));
    }
    return found;
  }

  #find(text: string, show: boolean): Span[] {
    return reading(text, (read) =>
      this.#finding.flatMap((rule) => rule.text?.(read, show, this.around) ?? []),
    );
  }

  /** Return a text that stands nowhere (a title, an address) without what is hidden in it. */
  plain(text: string): string {
    return redact(text, this.#find(text, false));
  }

  comment(text: string): string {
    return this.#css.comment ? this.#css.comment(text) : text;
  }

  css(css: string): string {
    return settleScheme(cleanCss(css, this.#css), dark);
  }

  /** Return what is shown of a field's value. */
  value(field: Element, value: string, place: Place): string {
    let shown = value;
    for (const rule of this.#rules) if (rule.value) shown = rule.value(field, shown, place);
    // What may be seen, and the words on buttons, are judged as texts are.
    const text = place.show || (isField(field) && !holdsText(field));
    return shown === value && text ? redact(value, this.#find(value, place.show)) : shown;
  }

  /** Return what is sent of an attribute, or null for nothing. */
  attribute(element: Element, name: string, raw: string, place: Place): string | null {
    const tag = element.localName;
    const kind = kindOf(tag, name);
    const held = kind === 'value' && isField(element);
    const attribute = {
      element,
      tag,
      name,
      kind,
      value: held ? this.value(element, raw, place) : raw,
    };
    for (const rule of this.#attributing) {
      const value = rule.attribute ? rule.attribute(attribute, place, this.around) : raw;
      if (value === null) return null;
      attribute.value = value;
    }
    const { value } = attribute;
    if (name === 'media') return settleScheme(value, dark);
    return kind === 'style' || kind === 'sheet' ? this.css(value) : value;
  }
}

/** Return what a node stands in: through shadow roots, and out of frames of the same site. */
export function surrounding(node: Node): Node | null {
  const { parentNode } = node;
  if (parentNode)
    return parentNode.nodeType === 11 ? ((parentNode as ShadowRoot).host ?? null) : parentNode;
  if (node.nodeType !== 9) return null;
  try {
    return (node as Document).defaultView?.frameElement ?? null;
  } catch {
    return null; // the frame around is another site's
  }
}

function slotOf(node: Node): Element | null {
  const host = node.parentNode as Partial<Element> | null;
  return host?.shadowRoot ? (node as Element | Text).assignedSlot : null;
}

function dark(): boolean {
  return matchMedia(DARK_WISH).matches;
}
