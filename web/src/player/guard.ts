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
import { cleanDeclarations, cleanSheet } from './css.ts';
import { cleanAttribute, cleanTag, type Named, type Surroundings, type Value } from './elements.ts';
import {
  type CleanAttributes,
  type CleanEvent,
  EventType,
  type Mutation,
  NodeType,
  type SafeNode,
  Source,
} from './events.ts';

export const MAX_NODES = 60_000; // a snapshot has at most 50,000; the rest is room to grow
const MAX_DEPTH = 512; // as the HTML parser of browsers
const MAX_ID = 2 ** 31;
const MAX_SIDE = 10_000; // CSS pixels of a window
const MAX_LENGTH = 10_000_000; // CSS pixels of a page
const MAX_TEXT = 2_000_000; // characters of one text
const MAX_SHEET_RULES = 20_000;

type Raw = Readonly<Record<string, unknown>>;

type Known =
  | { kind: 'element'; parent: number; named: Named }
  | { kind: 'document' | 'other'; parent: number }
  | { kind: 'text'; parent: number }
  /** Shown as nothing: it keeps the place for what stands beside it. */
  | { kind: 'gone'; parent: number };

/** One page's worth: a guard lives as long as an epoch. */
export class Guard {
  readonly #around: Surroundings;
  readonly #known = new Map<number, Known>();
  readonly #children = new Map<number, Set<number>>();
  readonly #shadowed = new Set<number>();
  #root = 0;

  constructor(around: Surroundings) {
    this.#around = around;
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
    const root = this.#document(node, 0, 0);
    if (root === null) {
      return null;
    }
    this.#root = root.id;
    const offset = record(data.initialOffset) ?? {};
    return {
      type: EventType.FullSnapshot,
      data: {
        node: root,
        initialOffset: { top: length(offset.top), left: length(offset.left) },
      },
    };
  }

  /** A document has at most a doctype, and one `<html>`: the replayer counts on both. */
  #document(node: Raw, parent: number, depth: number): SafeNode | null {
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
      const made = this.#node(raw, id, depth + 1);
      if (made !== null) {
        children.push(made);
        page ||= html;
      }
    }
    if (!page) {
      this.#forget(id);
      return null;
    }
    const made: SafeNode = { type: NodeType.Document, id, childNodes: children };
    if (node.compatMode === 'BackCompat') {
      made.compatMode = 'BackCompat';
    }
    return made;
  }

  // --- nodes ----------------------------------------------------------------------------------

  #node(raw: Raw, parent: number, depth: number): SafeNode | null {
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
          textContent: this.#text(raw.textContent, parent),
        };
        if (this.#isSheet(parent)) {
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
      attributes: this.#attributes(named, record(raw.attributes) ?? {}),
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
      const clean = this.#node(node, id, depth + 1);
      if (clean === null) {
        continue;
      }
      if (node.isShadow === true && made.isShadowHost) {
        clean.isShadow = true;
        this.#shadowed.add(clean.id);
      }
      children.push(clean);
    }
    return children;
  }

  #attributes(named: Named, raw: Raw): Record<string, Value> {
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

  #text(text: unknown, parent: number): string {
    if (typeof text !== 'string') {
      return '';
    }
    const whole = text.slice(0, MAX_TEXT);
    return this.#isSheet(parent) ? cleanSheet(whole, this.#around.images) : whole;
  }

  #isSheet(id: number): boolean {
    const known = this.#known.get(id);
    return known?.kind === 'element' && known.named.tag === 'style';
  }

  // --- the tree -------------------------------------------------------------------------------

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
  #forget(id: number): void {
    const known = this.#known.get(id);
    if (known !== undefined) {
      this.#children.get(known.parent)?.delete(id);
    }
    const going = [id];
    for (let next = going.pop(); next !== undefined; next = going.pop()) {
      going.push(...(this.#children.get(next) ?? []));
      this.#children.delete(next);
      this.#known.delete(next);
      this.#shadowed.delete(next);
    }
  }

  #has(id: unknown): id is number {
    return typeof id === 'number' && this.#known.has(id);
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

  #change(data: Raw): Extract<CleanEvent, { type: 3 }>['data'] | null {
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
        return this.#has(id) ? { source, id, x: length(x), y: length(y) } : null;
      }
      case Source.Resize:
        return { source, ...size(data) };
      case Source.Input: {
        const { id, text, isChecked } = data;
        const known = this.#has(id) ? this.#known.get(id) : undefined;
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
        return this.#styles(source, data);
      default:
        return null; // sounds, canvases, fonts, logs: nothing of them is shown
    }
  }

  #place(raw: Raw): { id: number; x: number; y: number } | null {
    const { id, x, y } = raw;
    return this.#has(id) ? { id, x: length(x), y: length(y) } : null;
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
      if (this.#has(id)) {
        this.#take(id, clean);
      }
    }
    const added = new Set<number>();
    for (const item of list(data.adds)) {
      this.#add(record(item), clean, added);
    }
    for (const item of list(data.texts)) {
      const { id, value } = record(item) ?? {};
      const known = this.#has(id) ? this.#known.get(id) : undefined;
      if (known?.kind === 'text') {
        clean.texts.push({ id: id as number, value: this.#text(value, known.parent) });
      }
    }
    for (const item of list(data.attributes)) {
      const { id, attributes } = record(item) ?? {};
      const known = this.#has(id) ? this.#known.get(id) : undefined;
      if (known?.kind === 'element') {
        const changed = this.#changed(known.named, record(attributes) ?? {});
        clean.attributes.push({ id: id as number, attributes: changed });
      }
    }
    return clean;
  }

  /** Takes a node out, from where it really is. */
  #take(id: number, clean: Mutation): void {
    const parentId = this.#known.get(id)?.parent ?? 0;
    if (parentId !== 0) {
      const shadowed = this.#shadowed.has(id);
      clean.removes.push(shadowed ? { id, parentId, isShadow: true } : { id, parentId });
      this.#forget(id);
    }
  }

  #add(raw: Raw | null, clean: Mutation, added: Set<number>): void {
    const node = record(raw?.node);
    const id = node?.id;
    const parentId = raw?.parentId;
    const parent = this.#has(parentId) ? this.#known.get(parentId) : undefined;
    if (
      node === null ||
      parent === undefined ||
      parent.kind === 'gone' ||
      added.has(id as number)
    ) {
      return;
    }
    const before = this.#has(id) ? this.#known.get(id) : undefined;
    if (before !== undefined) {
      if (before.parent === 0 || this.#within(parentId as number, id as number)) {
        return; // the page itself, or into itself
      }
      this.#take(id as number, clean);
    }
    const made = this.#added(node, parentId as number, parent);
    if (made === null) {
      return;
    }
    if (node.isShadow === true && parent.kind === 'element' && hosts(parent.named.tag)) {
      made.isShadow = true;
      this.#shadowed.add(made.id);
    }
    const { nextId } = raw ?? {};
    const next = this.#has(nextId) && this.#known.get(nextId)?.parent === parentId ? nextId : null;
    clean.adds.push({ parentId: parentId as number, nextId: next, node: made });
    added.add(made.id);
  }

  #added(node: Raw, parentId: number, parent: Known): SafeNode | null {
    const frame = parent.kind === 'element' && parent.named.tag === 'iframe';
    if (node.type === NodeType.Document) {
      if (!frame) {
        return null;
      }
      for (const before of this.#children.get(parentId) ?? []) {
        this.#forget(before); // the frame went to another page
      }
      return this.#document(node, parentId, this.#depth(parentId));
    }
    if (frame || parent.kind === 'text' || parent.kind === 'other') {
      return null;
    }
    if (parent.kind === 'document' && lower(node.tagName) !== 'html') {
      return null;
    }
    if (this.#isSheet(parentId) && node.type !== NodeType.Text) {
      return null;
    }
    return this.#node(node, parentId, this.#depth(parentId));
  }

  #depth(id: number): number {
    let depth = 1;
    for (let at = this.#known.get(id); at !== undefined && depth <= MAX_DEPTH; depth += 1) {
      at = this.#known.get(at.parent);
    }
    return depth;
  }

  #within(id: number, ancestor: number): boolean {
    let at: number | undefined = id;
    for (let left = MAX_DEPTH + 2; at !== undefined && left > 0; left -= 1) {
      if (at === ancestor) {
        return true;
      }
      at = this.#known.get(at)?.parent;
    }
    return false;
  }

  #changed(named: Named, raw: Raw): CleanAttributes {
    const style = record(raw.style);
    const rest = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
    const clean: CleanAttributes = this.#attributes(named, rest);
    for (const [name, value] of Object.entries(raw)) {
      if (value === null && /^[a-z_][\w:.-]{0,100}$/i.test(name) && !(name in Object.prototype)) {
        clean[name] = null;
      }
    }
    if (style !== null) {
      clean.style = this.#declarations(style);
    }
    return clean;
  }

  #declarations(raw: Raw): Record<string, string | [string, string] | false> {
    const clean: Record<string, string | [string, string] | false> = {};
    for (const [property, value] of Object.entries(raw)) {
      if (!/^-{0,2}[a-z][\w-]{0,100}$/i.test(property)) {
        continue;
      }
      if (value === false) {
        clean[property] = false;
      } else if (typeof value === 'string') {
        clean[property] = cleanDeclarations(value, this.#around.images);
      } else if (Array.isArray(value) && typeof value[0] === 'string') {
        const priority = value[1] === 'important' ? 'important' : '';
        clean[property] = [cleanDeclarations(value[0], this.#around.images), priority];
      }
    }
    return clean;
  }

  // --- style sheets ---------------------------------------------------------------------------

  #styles(source: 8 | 13 | 15, data: Raw): Extract<CleanEvent, { type: 3 }>['data'] | null {
    const { id, styleId } = data;
    const target: { id?: number; styleId?: number } = {};
    if (this.#has(id)) {
      target.id = id;
    }
    if (whole(styleId)) {
      target.styleId = styleId;
    }
    if (target.id === undefined && (target.styleId === undefined || source === Source.Adopted)) {
      return null;
    }
    const sheet = (text: unknown) =>
      typeof text === 'string' ? { text: cleanSheet(text, this.#around.images) } : null;
    switch (source) {
      case Source.Rule:
        return {
          source,
          ...target,
          adds: this.#rules(data.adds),
          removes: list(data.removes).flatMap((item) => {
            const index = position(record(item)?.index);
            return index === undefined ? [] : [{ index }];
          }),
          ...only('replace', sheet(data.replace)?.text),
          ...only('replaceSync', sheet(data.replaceSync)?.text),
        };
      case Source.Declaration: {
        const index = position(data.index);
        const set = record(data.set);
        const { property: gone } = record(data.remove) ?? {};
        if (!Array.isArray(index)) {
          return null;
        }
        const { property, value, priority } = set ?? {};
        const named = typeof property === 'string' && typeof value === 'string';
        return {
          source,
          ...target,
          index,
          ...only(
            'set',
            named
              ? {
                  property,
                  value: cleanDeclarations(value, this.#around.images),
                  priority: priority === 'important' ? 'important' : '',
                }
              : undefined,
          ),
          ...only('remove', typeof gone === 'string' ? { property: gone } : undefined),
        };
      }
      case Source.Adopted:
        return {
          source,
          id: target.id ?? this.#root,
          styleIds: list(data.styleIds).filter(whole).slice(0, 1_000),
          styles: list(data.styles).flatMap((item) => {
            const { styleId: of, rules } = record(item) ?? {};
            return whole(of) ? [{ styleId: of, rules: this.#rules(rules) }] : [];
          }),
        };
    }
  }

  #rules(raw: unknown): { rule: string; index?: number | number[] }[] {
    return list(raw)
      .slice(0, MAX_SHEET_RULES)
      .flatMap((item) => {
        const { rule, index } = record(item) ?? {};
        return typeof rule === 'string'
          ? [{ rule: cleanSheet(rule, this.#around.images), ...only('index', position(index)) }]
          : [];
      });
  }
}

// --- reading what nobody vouches for ------------------------------------------------------------

function record(value: unknown): Raw | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Raw)
    : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function lower(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function short(value: unknown): string {
  return typeof value === 'string' && /^[\w\s/.:+-]{0,200}$/.test(value) ? value : '';
}

function whole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

function position(value: unknown): number | number[] | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.length < 20 && value.every(whole) ? [...value] : undefined;
  }
  return whole(value) ? value : undefined;
}

function length(value: unknown): number {
  const number = typeof value === 'number' && Number.isFinite(value) ? value : 0;
  return Math.min(MAX_LENGTH, Math.max(-MAX_LENGTH, number));
}

function size(data: Raw): { width: number; height: number } {
  const side = (value: unknown) => Math.min(MAX_SIDE, Math.max(1, Math.round(length(value))));
  return { width: side(data.width), height: side(data.height) };
}

function only<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function push(clean: CleanEvent[], event: CleanEvent | null): void {
  if (event !== null) {
    clean.push(event);
  }
}

const HOSTS =
  /^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span|.*-.*)$/;

/** Whether an element may have a shadow root (DOM 4.8). */
function hosts(tag: string): boolean {
  return HOSTS.test(tag);
}
