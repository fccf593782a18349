/**
 * Cleans what a recorder sent before it is replayed. The frames may come from a hostile browser,
 * so nothing is believed, whatever the sharer's own sanitizer did: every event is built anew from
 * what is known to be harmless, and everything else is left out. Pure; it knows no DOM.
 *
 * The guard follows the tree by its ids, because a change names only an id, and what is allowed
 * depends on the element. Two nodes never share an id: a newer one takes the older away first.
 *
 * The second wall, if this one has a hole, is the policy of the player's page (server/http/player.py).
 */
import type { Named, Surroundings } from './elements.ts';
import {
  type Change,
  type CleanAttributes,
  type CleanEvent,
  EventType,
  type Mutation,
  NodeType,
  type SafeNode,
  Source,
} from './events.ts';
import { type Known, MAX_TEXT, Nodes } from './nodes.ts';
import { length, list, lower, type Raw, record, size, whole } from './raw.ts';
import { cleanProperties, cleanStyles, type Target } from './sheets.ts';

/** One page's worth: a guard lives as long as an epoch. */
export class Guard {
  readonly #images: string;
  readonly #nodes: Nodes;

  constructor(around: Surroundings) {
    this.#images = around.images;
    this.#nodes = new Nodes(around);
  }

  /** Returns the events of a snapshot (Meta and FullSnapshot first), or null: not to be shown. */
  snapshot(events: readonly unknown[]): CleanEvent[] | null {
    const clean: CleanEvent[] = [];
    const seen = { meta: false, full: false };
    for (const event of events) {
      const raw = record(event);
      const data = record(raw?.data);
      if (raw?.type === EventType.Meta && data !== null) {
        const { width, height } = size(data);
        const { href } = data;
        const page = typeof href === 'string' ? href.slice(0, 2_000) : '';
        clean.push({ type: EventType.Meta, data: { href: page, width, height } });
        seen.meta = true;
      } else if (raw?.type === EventType.FullSnapshot && data !== null && !seen.full) {
        const full = this.#full(data);
        if (full === null || !seen.meta) {
          return null;
        }
        clean.push(full);
        seen.full = true;
      } else if (seen.full) {
        push(clean, this.#incremental(raw));
      }
    }
    return seen.full ? clean : null;
  }

  /** Returns what is harmless of a delta. */
  delta(events: readonly unknown[]): CleanEvent[] {
    const clean: CleanEvent[] = [];
    for (const event of events) {
      push(clean, this.#incremental(record(event)));
    }
    return clean;
  }

  // --- snapshots ------------------------------------------------------------------------------

  #full(data: Raw): CleanEvent | null {
    const node = record(data.node);
    if (node === null || node.type !== NodeType.Document) {
      return null;
    }
    const root = this.#nodes.document(node, 0, 0);
    if (root === null) {
      return null;
    }
    const offset = record(data.initialOffset) ?? {};
    return {
      type: EventType.FullSnapshot,
      data: {
        node: root,
        initialOffset: { top: length(offset.top), left: length(offset.left) },
      },
    };
  }

  // --- changes --------------------------------------------------------------------------------

  #incremental(raw: Raw | null): CleanEvent | null {
    const data = record(raw?.data);
    if (raw?.type !== EventType.Incremental || data === null) {
      return null;
    }
    const clean = this.#change(data);
    return clean === null ? null : { type: EventType.Incremental, data: clean };
  }

  #change(data: Raw): Change | null {
    const source = data.source;
    switch (source) {
      case Source.Mutation:
        return this.#mutation(data);
      case Source.MouseMove:
      case Source.TouchMove:
      case Source.Drag: {
        const last = record(list(data.positions).at(-1));
        const at = last === null ? null : this.#place(last);
        return at === null ? null : { source: Source.MouseMove, ...at };
      }
      case Source.MouseInteraction: {
        const at = data.type === 2 || data.type === 7 ? this.#place(data) : null;
        return at === null ? null : { source: Source.Click, ...at };
      }
      case Source.Scroll: {
        const { id, x, y } = data;
        return this.#nodes.has(id) ? { source, id, x: length(x), y: length(y) } : null;
      }
      case Source.Resize:
        return { source, ...size(data) };
      case Source.Input: {
        const { id, text, isChecked } = data;
        const known = this.#nodes.get(id);
        if (known?.kind !== 'element' || typeof text !== 'string') {
          return null;
        }
        return {
          source,
          id: id as number,
          text: text.slice(0, MAX_TEXT),
          isChecked: isChecked === true,
        };
      }
      case Source.Rule:
      case Source.Declaration:
      case Source.Adopted:
        return cleanStyles(source, data, this.#target(data), this.#images);
      default:
        return null; // sounds, canvases, fonts, logs: nothing of them is shown
    }
  }

  #place(raw: Raw): { id: number; x: number; y: number } | null {
    const { id, x, y } = raw;
    return this.#nodes.has(id) ? { id, x: length(x), y: length(y) } : null;
  }

  #mutation(data: Raw): Mutation {
    const clean: Mutation = {
      source: Source.Mutation,
      removes: [],
      adds: [],
      texts: [],
      attributes: [],
    };
    for (const item of list(data.removes)) {
      const { id } = record(item) ?? {};
      if (this.#nodes.has(id)) {
        this.#take(id, clean);
      }
    }
    const added = new Set<number>();
    for (const item of list(data.adds)) {
      this.#add(record(item), clean, added);
    }
    for (const item of list(data.texts)) {
      const { id, value } = record(item) ?? {};
      const known = this.#nodes.get(id);
      if (known?.kind === 'text') {
        clean.texts.push({ id: id as number, value: this.#nodes.text(value, known.parent) });
      }
    }
    for (const item of list(data.attributes)) {
      const { id, attributes } = record(item) ?? {};
      const known = this.#nodes.get(id);
      if (known?.kind === 'element') {
        const changed = this.#changed(known.named, record(attributes) ?? {});
        clean.attributes.push({ id: id as number, attributes: changed });
      }
    }
    return clean;
  }

  #take(id: number, clean: Mutation): void {
    const taken = this.#nodes.take(id);
    if (taken !== null) {
      clean.removes.push(taken);
    }
  }

  #add(raw: Raw | null, clean: Mutation, added: Set<number>): void {
    const node = record(raw?.node);
    const id = node?.id;
    const parentId = raw?.parentId;
    const parent = this.#nodes.get(parentId);
    if (
      node === null ||
      parent === undefined ||
      parent.kind === 'gone' ||
      added.has(id as number)
    ) {
      return;
    }
    const before = this.#nodes.get(id);
    if (before !== undefined) {
      if (before.parent === 0 || this.#nodes.within(parentId as number, id as number)) {
        return; // the page itself, or into itself
      }
      this.#take(id as number, clean);
    }
    const made = this.#added(node, parentId as number, parent);
    if (made === null) {
      return;
    }
    if (node.isShadow === true) {
      this.#nodes.shadow(made);
    }
    const { nextId } = raw ?? {};
    const beside = this.#nodes.has(nextId) && this.#nodes.get(nextId)?.parent === parentId;
    const next = beside ? nextId : null;
    clean.adds.push({ parentId: parentId as number, nextId: next, node: made });
    added.add(made.id);
  }

  #added(node: Raw, parentId: number, parent: Known): SafeNode | null {
    const frame = parent.kind === 'element' && parent.named.tag === 'iframe';
    if (node.type === NodeType.Document) {
      if (!frame) {
        return null;
      }
      for (const before of this.#nodes.childrenOf(parentId)) {
        this.#nodes.forget(before); // the frame went to another page
      }
      return this.#nodes.document(node, parentId, this.#nodes.depth(parentId));
    }
    if (frame || parent.kind === 'text' || parent.kind === 'other') {
      return null;
    }
    if (parent.kind === 'document' && lower(node.tagName) !== 'html') {
      return null;
    }
    if (this.#nodes.isSheet(parentId) && node.type !== NodeType.Text) {
      return null;
    }
    return this.#nodes.node(node, parentId, this.#nodes.depth(parentId));
  }

  #changed(named: Named, raw: Raw): CleanAttributes {
    const style = record(raw.style);
    const rest = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
    const clean: CleanAttributes = this.#nodes.attributes(named, rest);
    for (const [name, value] of Object.entries(raw)) {
      if (value === null && /^[a-z_][\w:.-]{0,100}$/i.test(name) && !(name in Object.prototype)) {
        clean[name] = null;
      }
    }
    if (style !== null) {
      clean.style = cleanProperties(style, this.#images);
    }
    return clean;
  }

  #target({ id, styleId }: Raw): Target {
    const target: Target = {};
    if (this.#nodes.has(id)) {
      target.id = id;
    }
    if (whole(styleId)) {
      target.styleId = styleId;
    }
    return target;
  }
}

function push(clean: CleanEvent[], event: CleanEvent | null): void {
  if (event !== null) {
    clean.push(event);
  }
}
