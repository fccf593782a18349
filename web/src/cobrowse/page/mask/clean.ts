/**
 * Goes through rrweb's events and lets the engine judge every text, attribute, value and style.
 *
 * Events are changed in place. Nodes are never taken out of them, only emptied: later events name
 * them as parents and neighbours. What cannot be looked up in the page any more is sent empty.
 */
import {
  type attributeMutation,
  EventType,
  type eventWithTime,
  IncrementalSource,
  type incrementalData,
  type mutationData,
  NodeType,
  type serializedNodeWithId,
  type styleOMValue,
} from '@rrweb/types';
import type { Engine } from './engine.ts';
import { frameDocument, isField } from './fields.ts';
import type { Place, Rule } from './rule.ts';

/** What rrweb knows of the page's nodes: `record.mirror`. */
export interface Mirror {
  getNode(id: number): Node | null;
}

const GONE: Place = { hide: 'empty', marked: true, locked: true, show: false };
/** What an empty box keeps: its look and its size. */
const BOX = new Set(['class', 'rr_width', 'rr_height']);

type Attributes = Record<string, string | number | true | null | styleOMValue>;
type ElementNode = Extract<serializedNodeWithId, { type: NodeType.Element }>;

export class Cleaner {
  readonly #engine: Engine;
  readonly #judges: readonly Rule[];
  /** How elements were treated when they were sent. */
  #sent = new WeakMap<Element, Place['hide']>();
  /** Documents in frames, so that rrweb's listeners of before do not send one twice. */
  #attached = new WeakSet<Node>();
  readonly #texts = new Set<Node>();
  readonly #blocks = new Set<Node>();

  constructor(engine: Engine, rules: readonly Rule[]) {
    this.#engine = engine;
    this.#judges = rules.filter((rule) => rule.event);
  }

  /** Clean one event; null: nothing of it may be sent. `renew` is called when a snapshot is due. */
  clean(event: eventWithTime, mirror: Mirror, renew: () => void): eventWithTime | null {
    const engine = this.#engine;
    for (const rule of this.#judges) if (!rule.event?.(event, engine.around)) return null;
    engine.begin();
    switch (event.type) {
      case EventType.FullSnapshot: {
        this.#sent = new WeakMap();
        this.#attached = new WeakSet();
        this.#texts.clear();
        this.#blocks.clear();
        engine.fields.collect(document);
        engine.fields.refresh();
        this.#node(event.data.node, mirror, OPEN_PARENT);
        return event;
      }
      case EventType.IncrementalSnapshot:
        return this.#incremental(event.data, mirror, renew) ? event : null;
      default:
        return event;
    }
  }

  /** How much is hidden in the page now. */
  get counts(): { fields: number; texts: number; blocks: number } {
    for (const set of [this.#texts, this.#blocks]) {
      for (const node of set) if (!node.isConnected) set.delete(node);
    }
    const { fields } = this.#engine;
    return { fields: fields.size, texts: this.#texts.size, blocks: this.#blocks.size };
  }

  #incremental(data: incrementalData, mirror: Mirror, renew: () => void): boolean {
    const engine = this.#engine;
    switch (data.source) {
      case IncrementalSource.Mutation:
        return this.#mutation(data, mirror, renew);
      case IncrementalSource.Input: {
        engine.fields.touch();
        const field = mirror.getNode(data.id) as Element | null;
        if (!field || !isField(field)) return false;
        const place = engine.placeOf(field);
        const ticked = field.type === 'checkbox' || field.type === 'radio';
        if (place.hide === 'empty' || place.hide === 'block' || (place.hide && ticked))
          return false;
        engine.fields.add(field);
        data.text = engine.value(field, data.text, place);
        return true;
      }
      case IncrementalSource.StyleSheetRule:
        if (this.#closed(data.id, mirror)) return false;
        for (const add of data.adds ?? []) add.rule = engine.css(add.rule);
        if (data.replace !== undefined) data.replace = engine.css(data.replace);
        if (data.replaceSync !== undefined) data.replaceSync = engine.css(data.replaceSync);
        return true;
      case IncrementalSource.AdoptedStyleSheet:
        if (this.#closed(data.id, mirror)) return false;
        for (const { rules } of data.styles ?? []) {
          for (const rule of rules) rule.rule = engine.css(rule.rule);
        }
        return true;
      case IncrementalSource.StyleDeclaration:
        if (this.#closed(data.id, mirror)) return false;
        if (data.set) data.set.value = this.#declared(data.set.property, data.set.value);
        return true;
      case IncrementalSource.Scroll:
        return !this.#closed(data.id, mirror);
      default:
        return true; // whether its kind may pass is a rule's matter
    }
  }

  /** Tell whether a node is where nothing is sent from; no id: a sheet of its own. */
  #closed(id: number | undefined, mirror: Mirror): boolean {
    if (id === undefined) return false;
    const node = mirror.getNode(id);
    return !node || this.#engine.inside(node);
  }

  #declared(property: string, value: string | null): string | null {
    if (value === null) return null;
    const { css, around } = this.#engine;
    if (property.startsWith('--') && around.secret(value)) return null;
    return css.call(this.#engine, value);
  }

  #mutation(data: mutationData, mirror: Mirror, renew: () => void): boolean {
    const engine = this.#engine;
    if (data.isAttachIframe) {
      const inside = mirror.getNode(data.adds[0]?.node.id ?? 0);
      if (!inside || this.#attached.has(inside)) return false;
      this.#attached.add(inside);
    }
    for (const { node } of data.adds) {
      const live = mirror.getNode(node.id);
      if (live?.nodeType === 1) engine.fields.add(live as Element);
      else if (live?.nodeType === 9) engine.fields.collect(live as Document);
    }
    for (const change of data.attributes) if ('value' in change.attributes) engine.fields.touch();
    engine.fields.refresh();

    data.adds = data.adds.filter(({ parentId, node }) => {
      const parent = mirror.getNode(parentId);
      const place = parent ? engine.placeOf(parent) : GONE;
      if (parent && (place.hide === 'empty' || place.hide === 'block')) return false;
      this.#node(node, mirror, place);
      return true;
    });
    data.texts = data.texts.filter((change) => {
      const live = mirror.getNode(change.id);
      if (!live || live.nodeType === 8) {
        change.value = change.value && engine.comment(change.value);
        return live !== null;
      }
      if (engine.inside(live)) return false;
      if (change.value !== null) change.value = this.#text(live as Text, change.value);
      return true;
    });
    data.attributes = data.attributes.filter((change) => this.#change(change, mirror, renew));
    return Boolean(
      data.adds.length || data.texts.length || data.attributes.length || data.removes.length,
    );
  }

  #change(change: attributeMutation, mirror: Mirror, renew: () => void): boolean {
    const element = mirror.getNode(change.id) as Element | null;
    if (!element || this.#engine.inside(element)) return false;
    const place = this.#engine.placeOf(element);
    // What is in it was sent, or kept back, by what held until now.
    if (this.#shifted(element) || this.#shiftedWithin(element)) renew();
    change.attributes = this.#attributes(
      change.attributes as Attributes,
      element,
      place,
    ) as typeof change.attributes;
    return Object.keys(change.attributes).length > 0;
  }

  #shifted(element: Element): boolean {
    const before = this.#sent.get(element);
    const { hide } = this.#engine.placeOf(element);
    if (before === undefined || before === hide) return false;
    this.#sent.set(element, hide);
    return true;
  }

  /** The same for what the site's selectors mean in it: `.checkout .total`. */
  #shiftedWithin(element: Element): boolean {
    const { mask, block } = this.#engine.around.site;
    if (!element.firstElementChild || (!mask && !block)) return false;
    const meant = element.querySelectorAll([mask, block].filter(Boolean).join(','));
    for (const one of meant) if (this.#shifted(one)) return true;
    for (const one of this.#blocks) if (this.#shifted(one as Element)) return true;
    return false;
  }

  #node(node: serializedNodeWithId, mirror: Mirror, outer: Place): void {
    const live = mirror.getNode(node.id);
    switch (node.type) {
      case NodeType.Document: {
        const place = live ? this.#engine.placeOf(live) : GONE;
        if (place.hide === 'empty' || place.hide === 'block') node.childNodes = [];
        for (const child of node.childNodes) this.#node(child, mirror, place);
        break;
      }
      case NodeType.Element:
        this.#element(node, live as Element | null, mirror, outer);
        break;
      case NodeType.Text:
        node.textContent =
          live && outer !== GONE ? this.#text(live as Text, node.textContent, outer) : '';
        break;
      case NodeType.Comment:
        node.textContent = this.#engine.comment(node.textContent);
        break;
      default:
        break;
    }
  }

  #element(node: ElementNode, live: Element | null, mirror: Mirror, outer: Place): void {
    const place = live ? this.#engine.placeIn(live, outer) : GONE;
    if (live) this.#sent.set(live, place.hide);
    if (!live || place.hide === 'empty') {
      node.attributes = {};
      node.childNodes = [];
      return;
    }
    if (place.hide === 'block') {
      const { width, height } = live.getBoundingClientRect();
      node.attributes.rr_width ??= `${width}px`;
      node.attributes.rr_height ??= `${height}px`;
      node.childNodes = [];
      this.#blocks.add(live);
    } else if (live.localName === 'iframe' && !frameDocument(live)) this.#blocks.add(live);
    node.attributes = this.#attributes(node.attributes, live, place) as typeof node.attributes;
    for (const child of node.childNodes) this.#node(child, mirror, place);
  }

  #text(live: Text, value: string, outer?: Place): string {
    const place = outer ? this.#engine.placeIn(live, outer) : this.#engine.placeOf(live);
    const shown = this.#engine.text(live, value, place);
    if (shown === value) this.#texts.delete(live);
    else if (live.parentElement?.localName !== 'style') this.#texts.add(live);
    return shown;
  }

  #attributes(attributes: Attributes, element: Element, place: Place): Attributes {
    const sent: Attributes = {};
    for (const name in attributes) {
      const value = attributes[name] ?? null;
      if (place.hide === 'block' && !BOX.has(name)) continue;
      if (value !== null && typeof value === 'object') {
        if (this.#engine.attribute(element, name, '', place) === null) continue;
        this.#style(value);
        sent[name] = value;
        continue;
      }
      const raw = value === null ? '' : String(value);
      const shown = this.#engine.attribute(element, name, raw, place);
      if (shown !== null) sent[name] = value === null || shown === raw ? value : shown;
    }
    return sent;
  }

  #style(changes: styleOMValue): void {
    for (const [property, value] of Object.entries(changes)) {
      if (typeof value === 'string') changes[property] = this.#declared(property, value) ?? false;
      else if (value) {
        const shown = this.#declared(property, value[0]);
        changes[property] = shown === null ? false : [shown, value[1]];
      }
    }
  }
}

const OPEN_PARENT: Place = { hide: null, marked: false, locked: false, show: false };
