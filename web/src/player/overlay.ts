/**
 * The clear pane over the mirror that takes all input: nothing ever reaches the mirror itself.
 * What it means depends on the tool that the console chose.
 */
import type { CobrowseOperation } from '@/client/protocol.gen.ts';
import { Fill, fieldOf } from './fill.ts';
import type { Marks } from './marks.ts';
import type { Found } from './mirror.ts';
import type { FromPlayer, PlayerWords, Tool } from './port.ts';
import type { Stage } from './stage.ts';

const POINTER_EVERY = 33; // ms: 30 Hz
const SCROLL_EVERY = 100; // ms; the relay takes 20 operations a second
const MAX_POINTS = 200; // of one `stroke`
const LINE = 40; // CSS pixels of one notch of a wheel that counts lines
const NEAR = 4; // CSS pixels: back where the shopper is

export class Overlay {
  readonly #stage: Stage;
  readonly #marks: Marks;
  readonly #say: (message: FromPlayer) => void;
  readonly #epoch: () => number;
  readonly #pane: HTMLElement;
  readonly #fill: Fill;
  #words: PlayerWords | null = null;
  #tool: Tool = 'none';
  #caps: readonly CobrowseOperation[] = [];
  #stroke: { id: string; points: [number, number][] } | null = null;
  #strokes = 0;
  #pointed: { x: number; y: number } | null = null;
  #scroll: { found: Found; dx: number; dy: number } | null = null;
  #sending: ReturnType<typeof setTimeout> | null = null;
  #scrolling: ReturnType<typeof setTimeout> | null = null;

  constructor(
    root: HTMLElement,
    stage: Stage,
    marks: Marks,
    epoch: () => number,
    say: (message: FromPlayer) => void,
  ) {
    this.#stage = stage;
    this.#marks = marks;
    this.#epoch = epoch;
    this.#say = say;
    this.#pane = document.createElement('div');
    this.#pane.className = 'pane';
    root.append(this.#pane);
    this.#fill = new Fill(root);
    this.#pane.addEventListener('pointerdown', (event) => this.#down(event));
    this.#pane.addEventListener('pointermove', (event) => this.#move(event));
    this.#pane.addEventListener('pointerup', () => this.#up());
    this.#pane.addEventListener('pointercancel', () => this.#up());
    this.#pane.addEventListener('pointerleave', () => this.#leave());
    this.#pane.addEventListener('click', (event) => this.#click(event));
    this.#pane.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#pane.addEventListener('contextmenu', (event) => event.preventDefault());
    window.addEventListener('keydown', (event) => this.#key(event));
  }

  words(words: PlayerWords): void {
    this.#words = words;
  }

  tool(tool: Tool, caps: readonly CobrowseOperation[]): void {
    if (tool !== this.#tool) {
      this.#leave();
      this.#up();
      this.#fill.close();
    }
    this.#tool = tool;
    this.#caps = caps;
    this.#pane.dataset.tool = tool;
  }

  /** The page is another one, or nobody may see it: what was begun is over. */
  reset(): void {
    this.#fill.close();
    this.#marks.hover(null);
    this.#scroll = null;
  }

  // --- pointers -------------------------------------------------------------------------------

  #down(event: PointerEvent): void {
    this.#fill.close();
    const at = this.#stage.inDocument(event);
    if (this.#tool !== 'pen' || at === null || event.button !== 0) {
      return;
    }
    this.#pane.setPointerCapture(event.pointerId);
    this.#strokes += 1;
    const id = `${Date.now().toString(36)}-${this.#strokes}`;
    this.#stroke = { id, points: [] };
    this.#draw(at.x, at.y);
  }

  #move(event: PointerEvent): void {
    const at = this.#stage.inDocument(event);
    switch (this.#tool) {
      case 'laser':
        this.#point(at);
        break;
      case 'pen':
        if (this.#stroke !== null) {
          for (const each of event.getCoalescedEvents?.() ?? [event]) {
            const place = this.#stage.inDocument(each);
            if (place !== null) {
              this.#draw(place.x, place.y);
            }
          }
        }
        break;
      case 'highlight':
      case 'control': {
        const found = this.#found(event);
        this.#marks.hover(found?.id ?? null);
        break;
      }
      case 'none':
        break;
    }
  }

  #found(event: { clientX: number; clientY: number }): Found | null {
    const at = this.#stage.inWindow(event);
    return at && (this.#stage.shown?.at(at) ?? null);
  }

  #point(at: { x: number; y: number } | null): void {
    this.#pointed = at;
    this.#marks.pointer({ t: 'pointer', x: at?.x ?? null, y: at?.y ?? null });
    this.#later();
  }

  #draw(x: number, y: number): void {
    if (this.#stroke !== null) {
      this.#stroke.points.push([x, y]);
      this.#marks.stroke({ t: 'stroke', stroke: this.#stroke.id, points: [[x, y]] });
      this.#later();
    }
  }

  /** Sends the newest with the next turn, at most 30 times a second. */
  #later(): void {
    this.#sending ??= setTimeout(() => {
      this.#sending = null;
      if (this.#tool === 'laser') {
        this.#say({ t: 'pointer', x: this.#pointed?.x ?? null, y: this.#pointed?.y ?? null });
      }
      this.#flush(false);
    }, POINTER_EVERY);
  }

  #flush(end: boolean): void {
    const stroke = this.#stroke;
    if (stroke === null) {
      return;
    }
    while (stroke.points.length > MAX_POINTS) {
      const points = stroke.points.splice(0, MAX_POINTS);
      this.#say({ t: 'stroke', stroke: stroke.id, points });
    }
    if (stroke.points.length > 0 || end) {
      const points = stroke.points.splice(0);
      this.#say({ t: 'stroke', stroke: stroke.id, points, ...(end ? { end } : {}) });
    }
  }

  #up(): void {
    this.#flush(true);
    this.#stroke = null;
  }

  #leave(): void {
    this.#marks.hover(null);
    if (this.#tool === 'laser') {
      this.#pointed = null;
      this.#marks.pointer({ t: 'pointer', x: null, y: null });
      this.#say({ t: 'pointer', x: null, y: null });
    }
  }

  // --- clicks ---------------------------------------------------------------------------------

  #click(event: MouseEvent): void {
    const found = this.#found(event);
    if (found === null) {
      return;
    }
    if (this.#tool === 'highlight') {
      const node = this.#marks.highlighted() === found.id ? null : found.id;
      this.#marks.highlight({ t: 'highlight', node });
      this.#say({ t: 'highlight', node });
    } else if (this.#tool === 'control') {
      this.#operate(found);
    }
  }

  #operate(found: Found): void {
    const field = fieldOf(found.element);
    const words = this.#words;
    if (field !== null && words !== null && this.#caps.includes('fill')) {
      const { left, top, scale } = this.#stage;
      const { box } = found;
      const place = {
        left: left + box.x * scale,
        top: top + box.bottom * scale + 6,
        width: box.width * scale,
      };
      const epoch = this.#epoch();
      this.#fill.ask(field, place, words, (value) =>
        this.#say({ t: 'operate', epoch, op: 'fill', ...where(found), value }),
      );
    } else if (this.#caps.includes('click')) {
      this.#say({ t: 'operate', epoch: this.#epoch(), op: 'click', ...where(found) });
    }
  }

  // --- wheel and keys -------------------------------------------------------------------------

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey) {
      return; // would zoom
    }
    const unit = event.deltaMode === 0 ? 1 : LINE;
    const turned = event.shiftKey && event.deltaX === 0;
    const dx = (turned ? event.deltaY : event.deltaX) * unit;
    const dy = (turned ? 0 : event.deltaY) * unit;
    this.#scrollBy(event, dx, dy);
  }

  #scrollBy(at: { clientX: number; clientY: number }, dx: number, dy: number): void {
    const scale = this.#stage.scale || 1;
    if (this.#tool === 'control' && this.#caps.includes('scroll')) {
      const found = this.#found(at);
      if (found !== null) {
        const before = this.#scroll ?? { dx: 0, dy: 0 };
        this.#scroll = { found, dx: before.dx + dx / scale, dy: before.dy + dy / scale };
        this.#scrolling ??= setTimeout(() => this.#sendScroll(), SCROLL_EVERY);
      }
      return;
    }
    const mirror = this.#stage.shown;
    const place = this.#stage.inWindow(at);
    if (mirror === null || place === null) {
      return;
    }
    const following = mirror.following;
    mirror.following = false;
    mirror.look(place, dx / scale, dy / scale);
    const { x, y } = mirror.offset;
    const back = Math.abs(x - mirror.scroll.x) < NEAR && Math.abs(y - mirror.scroll.y) < NEAR;
    mirror.follow(back);
    if (back !== following) {
      this.#say({ t: 'follow', on: back });
    }
  }

  #sendScroll(): void {
    this.#scrolling = null;
    const scroll = this.#scroll;
    this.#scroll = null;
    if (scroll !== null) {
      const { found, dx, dy } = scroll;
      this.#say({ t: 'operate', epoch: this.#epoch(), op: 'scroll', ...where(found), dx, dy });
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.preventDefault();
      if (this.#fill.open) {
        this.#fill.close();
      } else if (this.#tool !== 'none') {
        this.tool('none', []);
        this.#say({ t: 'tool', tool: 'none' });
      }
      return;
    }
    const page = (this.#stage.shown?.height ?? 0) * 0.85;
    const steps: Record<string, [number, number]> = {
      ArrowUp: [0, -LINE],
      ArrowDown: [0, LINE],
      ArrowLeft: [-LINE, 0],
      ArrowRight: [LINE, 0],
      PageUp: [0, -page],
      PageDown: [0, page],
    };
    const step = steps[event.key];
    if (step !== undefined && !this.#fill.open) {
      event.preventDefault();
      const { innerWidth, innerHeight } = window;
      const scale = this.#stage.scale;
      const middle = { clientX: innerWidth / 2, clientY: innerHeight / 2 };
      this.#scrollBy(middle, step[0] * scale, step[1] * scale);
    }
  }
}

function where({ id, fx, fy }: Found): { node: number; fx: number; fy: number } {
  const part = (value: number) => Math.round(value * 1_000) / 1_000;
  return { node: id, fx: part(fx), fy: part(fy) };
}
