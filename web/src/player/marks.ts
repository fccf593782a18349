/**
 * Draws what people point at: pointers with names, lines of the pen, frames around nodes, each in
 * its viewer's colour, and the shopper's own pointer.
 *
 * Places are kept in the shopper's document, so marks stay on what they are about when it scrolls.
 */
import type { Highlight, Pointer, Stroke, Viewer } from '@/cobrowse/wire.gen.ts';
import type { Point } from './mirror.ts';
import type { Stage } from './stage.ts';

const SVG = 'http://www.w3.org/2000/svg';
const MAX_STROKES = 200; // of one viewer; the oldest go
const MAX_POINTS = 5_000; // of one stroke
const ARROW = 'M1 1 L1 17 L5.4 13 L8.4 19.6 L11.4 18.2 L8.5 11.8 L14.4 11.4 Z';

interface Line {
  path: SVGPathElement;
  points: number;
}

interface Drawn {
  pointer: Point | null;
  node: number | null;
  lines: Map<string, Line>;
  label: HTMLElement;
  frame: HTMLElement;
}

export class Marks {
  readonly #stage: Stage;
  readonly #root: HTMLElement;
  readonly #pen: SVGGElement;
  readonly #shopper: HTMLElement;
  readonly #seen: HTMLElement;
  readonly #hover: HTMLElement;
  readonly #drawn = new Map<string, Drawn>();
  #viewers: readonly Viewer[] = [];
  #you = '';
  #hovered: number | null = null;
  #clicks = 0;
  #href = '';
  #due = false;

  constructor(root: HTMLElement, stage: Stage) {
    this.#stage = stage;
    this.#root = document.createElement('div');
    this.#root.className = 'marks';
    this.#root.setAttribute('aria-hidden', 'true');
    const svg = document.createElementNS(SVG, 'svg');
    this.#pen = document.createElementNS(SVG, 'g');
    svg.append(this.#pen);
    this.#shopper = div('shopper');
    this.#shopper.append(arrow());
    this.#seen = div('seen');
    this.#hover = div('hover');
    this.#root.append(svg, this.#seen, this.#hover, this.#shopper);
    root.append(this.#root);
  }

  begin(you: string): void {
    this.#you = you;
  }

  viewers(viewers: readonly Viewer[]): void {
    this.#viewers = viewers;
    for (const id of this.#drawn.keys()) {
      if (id !== this.#you && !viewers.some((viewer) => viewer.id === id)) {
        this.#gone(id);
      }
    }
    this.changed();
  }

  pointer(mark: Pointer): void {
    const { x, y } = mark;
    this.#of(mark.viewer).pointer =
      typeof x === 'number' && typeof y === 'number' ? { x, y } : null;
    this.changed();
  }

  stroke(mark: Stroke): void {
    const { lines } = this.#of(mark.viewer);
    let line = lines.get(mark.stroke);
    if (line === undefined) {
      const oldest = lines.size >= MAX_STROKES ? [...lines][0] : undefined;
      if (oldest !== undefined) {
        oldest[1].path.remove();
        lines.delete(oldest[0]);
      }
      line = { path: document.createElementNS(SVG, 'path'), points: 0 };
      this.#pen.append(line.path);
      lines.set(mark.stroke, line);
    }
    let way = line.path.getAttribute('d') ?? '';
    for (const [x, y] of mark.points) {
      if (line.points < MAX_POINTS && Number.isFinite(x) && Number.isFinite(y)) {
        way += line.points === 0 ? `M${x} ${y}h.01` : `L${x} ${y}`;
        line.points += 1;
      }
    }
    line.path.setAttribute('d', way);
    this.changed();
  }

  highlight(mark: Highlight): void {
    this.#of(mark.viewer).node = mark.node ?? null;
    this.changed();
  }

  highlighted(): number | null {
    return this.#drawn.get(this.#you)?.node ?? null;
  }

  /** Takes the marks of a viewer away; null: one's own. */
  clear(viewer: string | null | undefined): void {
    const drawn = this.#drawn.get(viewer ?? this.#you);
    if (drawn !== undefined) {
      drawn.node = null;
      for (const { path } of drawn.lines.values()) {
        path.remove();
      }
      drawn.lines.clear();
    }
    this.changed();
  }

  /** Shows which node a click would take. */
  hover(node: number | null): void {
    if (this.#hovered !== node) {
      this.#hovered = node;
      this.changed();
    }
  }

  /** Draws again with the next picture. */
  changed(): void {
    if (!this.#due) {
      this.#due = true;
      requestAnimationFrame(() => {
        this.#due = false;
        this.#draw();
      });
    }
  }

  // --- drawing --------------------------------------------------------------------------------

  #of(viewer: string | null | undefined): Drawn {
    const id = viewer ?? this.#you;
    let drawn = this.#drawn.get(id);
    if (drawn === undefined) {
      const label = div('pointer');
      label.append(arrow(), document.createElement('span'));
      const frame = div('highlight');
      frame.append(document.createElement('span'));
      this.#root.append(frame, label);
      drawn = { pointer: null, node: null, lines: new Map(), label, frame };
      this.#drawn.set(id, drawn);
    }
    return drawn;
  }

  #gone(id: string): void {
    this.clear(id);
    const drawn = this.#drawn.get(id);
    drawn?.label.remove();
    drawn?.frame.remove();
    this.#drawn.delete(id);
  }

  #draw(): void {
    const mirror = this.#stage.shown;
    if (mirror === null) {
      return;
    }
    const page = mirror.href.split('#', 1)[0] ?? '';
    if (page !== this.#href) {
      this.#href = page;
      for (const id of this.#drawn.keys()) {
        this.clear(id); // they were about another page
      }
    }
    const { scale } = this.#stage;
    const origin = this.#stage.onScreen({ x: 0, y: 0 });
    this.#pen.setAttribute('transform', `translate(${origin.x} ${origin.y}) scale(${scale})`);
    let framed = this.#frame(this.#hover, this.#hovered);
    for (const [id, drawn] of this.#drawn) {
      this.#dress(id, drawn);
      this.#place(drawn.label, drawn.pointer);
      framed = this.#frame(drawn.frame, drawn.node) || framed;
    }
    this.#drawShopper();
    if (framed) {
      this.changed(); // what is framed may move at any time
    }
  }

  #dress(id: string, drawn: Drawn): void {
    const viewer = this.#viewers.find((each) => each.id === id);
    const name = viewer?.person.name ?? '';
    const own = id === this.#you;
    const colour = `c${(viewer?.colour ?? 0) % 3}`;
    drawn.label.className = `pointer ${colour}${own ? ' own' : ''}`;
    drawn.frame.className = `highlight ${colour}`;
    for (const element of [drawn.label, drawn.frame]) {
      const span = element.querySelector('span');
      if (span !== null && span.textContent !== name) {
        span.textContent = name;
      }
    }
    for (const { path } of drawn.lines.values()) {
      path.setAttribute('class', `line ${colour}`);
    }
  }

  #place(element: HTMLElement, point: Point | null): void {
    element.hidden = point === null;
    if (point !== null) {
      const { x, y } = this.#stage.onScreen(point);
      element.style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  #frame(element: HTMLElement, node: number | null): boolean {
    const { shown, left, top, scale } = this.#stage;
    const box = node === null ? null : (shown?.box(node) ?? null);
    element.hidden = box === null;
    if (box !== null) {
      element.style.transform = `translate(${left + box.x * scale - 3}px, ${top + box.y * scale - 3}px)`;
      element.style.width = `${box.width * scale + 6}px`;
      element.style.height = `${box.height * scale + 6}px`;
    }
    return box !== null;
  }

  #drawShopper(): void {
    const mirror = this.#stage.shown;
    if (mirror === null) {
      return;
    }
    this.#place(this.#shopper, mirror.pointer);
    if (mirror.clicks !== this.#clicks) {
      this.#clicks = mirror.clicks;
      this.#shopper.classList.remove('clicked');
      void this.#shopper.offsetWidth; // begins the ring anew
      this.#shopper.classList.toggle('clicked', mirror.clicks > 0);
    }
    // What the shopper sees, while somebody looks around elsewhere.
    const apart = !mirror.following;
    this.#seen.hidden = !apart;
    if (apart) {
      const { x, y } = this.#stage.onScreen(mirror.scroll);
      this.#seen.style.transform = `translate(${x}px, ${y}px)`;
      this.#seen.style.width = `${mirror.width * this.#stage.scale}px`;
      this.#seen.style.height = `${mirror.height * this.#stage.scale}px`;
    }
  }
}

function div(name: string): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  element.hidden = true;
  return element;
}

function arrow(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'tip');
  svg.setAttribute('viewBox', '0 0 16 21');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ARROW);
  svg.append(path);
  return svg;
}
