/**
 * The nodes of one page, as far as they are known by their ids, and how new ones are cleaned. Pure.
 *
 * A change names only an id, and what is allowed depends on the element, so the tree is followed.
 * Two nodes never share an id.
 */
import { cleanSheet } from './css.ts';
import { cleanAttribute, cleanTag, type Named, type Surroundings, type Value } from './elements.ts';
import { type Mutation, NodeType, type SafeNode } from './events.ts';
import { list, lower, MAX_ID, type Raw, record, short } from './raw.ts';

export const MAX_NODES = 60_000; // a snapshot has at most 50,000; the rest is room to grow
const MAX_DEPTH = 512; // as the HTML parser of browsers
export const MAX_TEXT = 2_000_000; // characters of one text

export type Known =
  | { kind: 'element'; parent: number; named: Named }
  | { kind: 'document' | 'other'; parent: number }
  | { kind: 'text'; parent: number }
  /** Shown as nothing: it keeps the place for what stands beside it. */
  | { kind: 'gone'; parent: number };

export class Nodes {
  readonly #around: Surroundings;
  readonly #known = new Map<number, Known>();
  readonly #children = new Map<number, Set<number>>();
  readonly #shadowed = new Set<number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Returns what is known of an id that may be anything. */
  get(id: unknown): Known | undefined {
    return typeof id === 'number' ? this.#known.get(id) : undefined;
  }

  childrenOf(id: number): readonly number[] {
    return [...(this.#children.get(id) ?? [])];
  }

  /** Notes that a node is in its parent's shadow root, if the parent can have one. */
  shadow(made: SafeNode): void {
    const parent = this.#known.get(this.#known.get(made.id)?.parent ?? 0);
    if (parent?.kind === 'element' && hosts(parent.named.tag)) {
      made.isShadow = true;
      this.#shadowed.add(made.id);
    }
  }

  /** A document has at most a doctype, and one `<html>`: the replayer counts on both. */
  document(node: Raw, parent: number, depth: number): SafeNode | null {
    const id = this.#fresh(node.id);
    if (id === null) {
      return null;
    }
    this.#learn(id, { kind: 'document', parent });
    const children: SafeNode[] = [];
    let page = false;
    for (const child of list(node.childNodes)) {
      const raw = record(child);
      const type = raw?.type;
      const html = raw?.type === NodeType.Element && lower(raw.tagName) === 'html';
      if (raw === null || (html ? page : type !== NodeType.DocumentType || children.length > 0)) {
        continue;
      }
      const made = this.node(raw, id, depth + 1);
      if (made !== null) {
        children.push(made);
        page ||= html;
      }
    }
    if (!page) {
      this.forget(id);
      return null;
    }
    const made: SafeNode = { type: NodeType.Document, id, childNodes: children };
    if (node.compatMode === 'BackCompat') {
      made.compatMode = 'BackCompat';
    }
    return made;
  }

  node(raw: Raw, parent: number, depth: number): SafeNode | null {
    const id = this.#fresh(raw.id);
    if (id === null || depth > MAX_DEPTH) {
      return null;
    }
    switch (raw.type) {
      case NodeType.DocumentType: {
        this.#learn(id, { kind: 'other', parent });
        const { publicId, systemId } = raw;
        return {
          type: NodeType.DocumentType,
          id,
          name: 'html',
          publicId: short(publicId),
          systemId: short(systemId),
        };
      }
      case NodeType.Element:
        return this.#element(raw, id, parent, depth);
      case NodeType.Text:
      case NodeType.CDATA: {
        this.#learn(id, { kind: 'text', parent });
        const made: SafeNode = {
          type: NodeType.Text,
          id,
          textContent: this.text(raw.textContent, parent),
        };
        if (this.isSheet(parent)) {
          made.isStyle = true;
        }
        return made;
      }
      case NodeType.Comment:
        this.#learn(id, { kind: 'other', parent });
        return { type: NodeType.Comment, id, textContent: '' };
      default:
        return null;
    }
  }

  #element(raw: Raw, id: number, parent: number, depth: number): SafeNode {
    const named = cleanTag(raw.tagName, raw.isSVG === true);
    if (named === null) {
      this.#learn(id, { kind: 'gone', parent });
      return { type: NodeType.Element, id, tagName: 'template', attributes: {}, childNodes: [] };
    }
    this.#learn(id, { kind: 'element', parent, named });
    const made: SafeNode = {
      type: NodeType.Element,
      id,
      tagName: named.tag,
      attributes: this.attributes(named, record(raw.attributes) ?? {}),
      childNodes: [],
    };
    if (named.svg) {
      made.isSVG = true;
    }
    if (raw.isShadowHost === true && !named.svg && hosts(named.tag)) {
      made.isShadowHost = true;
    }
    made.childNodes = this.#childNodes(raw, id, made, depth);
    return made;
  }

  #childNodes(raw: Raw, id: number, made: SafeNode, depth: number): SafeNode[] {
    const children: SafeNode[] = [];
    const sheet = made.tagName === 'style';
    if (made.tagName === 'iframe') {
      return children; // its document comes as a change
    }
    for (const child of list(raw.childNodes)) {
      const node = record(child);
      if (node === null || (sheet && node.type !== NodeType.Text)) {
        continue;
      }
      const clean = this.node(node, id, depth + 1);
      if (clean === null) {
        continue;
      }
      if (node.isShadow === true && made.isShadowHost) {
        this.shadow(clean);
      }
      children.push(clean);
    }
    return children;
  }

  attributes(named: Named, raw: Raw): Record<string, Value> {
    const clean: Record<string, Value> = {};
    for (const [name, value] of Object.entries(raw)) {
      if (value === null || /^(string|number|boolean)$/.test(typeof value)) {
        const pair = cleanAttribute(named, name, value as Value, this.#around);
        if (pair !== null) {
          clean[pair[0]] = pair[1];
        }
      }
    }
    return clean;
  }

  text(text: unknown, parent: number): string {
    if (typeof text !== 'string') {
      return '';
    }
    const whole = text.slice(0, MAX_TEXT);
    return this.isSheet(parent) ? cleanSheet(whole, this.#around.images) : whole;
  }

  isSheet(id: number): boolean {
    const known = this.#known.get(id);
    return known?.kind === 'element' && known.named.tag === 'style';
  }

  /** Returns an id that is a number and nobody's. */
  #fresh(id: unknown): number | null {
    const sound = typeof id === 'number' && Number.isInteger(id) && id > 0 && id < MAX_ID;
    return sound && !this.#known.has(id) && this.#known.size < MAX_NODES ? id : null;
  }

  #learn(id: number, known: Known): void {
    this.#known.set(id, known);
    const beside = this.#children.get(known.parent);
    if (beside === undefined) {
      this.#children.set(known.parent, new Set([id]));
    } else {
      beside.add(id);
    }
  }

  /** Forgets a node and all that is in it. */
  forget(id: number): void {
    const known = this.#known.get(id);
    if (known !== undefined) {
      this.#children.get(known.parent)?.delete(id);
    }
    const going = [id];
    for (let next = going.pop(); next !== undefined; next = going.pop()) {
      for (const child of this.#children.get(next) ?? []) {
        going.push(child);
      }
      this.#children.delete(next);
      this.#known.delete(next);
      this.#shadowed.delete(next);
    }
  }

  has(id: unknown): id is number {
    return typeof id === 'number' && this.#known.has(id);
  }

  depth(id: number): number {
    let depth = 1;
    for (let at = this.#known.get(id); at !== undefined && depth <= MAX_DEPTH; depth += 1) {
      at = this.#known.get(at.parent);
    }
    return depth;
  }

  within(id: number, ancestor: number): boolean {
    let at: number | undefined = id;
    for (let left = MAX_DEPTH + 2; at !== undefined && left > 0; left -= 1) {
      if (at === ancestor) {
        return true;
      }
      at = this.#known.get(at)?.parent;
    }
    return false;
  }

  /** Takes a node out, and tells where it was: null, it is the page itself or unknown. */
  take(id: number): Mutation['removes'][number] | null {
    const parentId = this.#known.get(id)?.parent ?? 0;
    if (parentId === 0) {
      return null;
    }
    const shadowed = this.#shadowed.has(id);
    this.forget(id);
    return shadowed ? { id, parentId, isShadow: true } : { id, parentId };
  }
}

const HOSTS =
  /^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span|.*-.*)$/;

/** Whether an element may have a shadow root (DOM 4.8). */
function hosts(tag: string): boolean {
  return HOSTS.test(tag);
}
