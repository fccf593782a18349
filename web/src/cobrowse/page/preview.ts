/**
 * Shows the shopper what is hidden from the viewers: all of it is covered with labelled hatching,
 * as an empty box is in the viewers' mirror. Nothing leaves the page for this.
 */
import { type Box, boxesOf, boxOf } from './geometry.ts';
import type { Masker } from './mask/index.ts';
import type { Sheet } from './sheet.ts';

const AGAIN = 1000; // ms between looks for what is hidden

export class Preview {
  readonly #sheet: Sheet;
  readonly #masker: Masker;
  readonly #label: string;
  #on = false;
  /** What is hidden in the whole page. Looking for it costs more than drawing it. */
  #hidden: (Element | Range)[] = [];
  #looked = 0;
  #seen = '';

  constructor(sheet: Sheet, masker: Masker, label: string) {
    this.#sheet = sheet;
    this.#masker = masker;
    this.#label = label;
    sheet.add((pen) => this.#paint(pen));
  }

  get on(): boolean {
    return this.#on;
  }

  turn(on: boolean): void {
    this.#on = on;
    this.#looked = Number.NEGATIVE_INFINITY;
    this.#hidden = [];
    this.follow();
    this.#sheet.draw();
  }

  /** Follow what has changed without a scroll. */
  follow(): void {
    if (!this.#on) return;
    const now = performance.now();
    if (now - this.#looked >= AGAIN) {
      this.#looked = now;
      const { elements, ranges } = this.#masker.hidden(document);
      this.#hidden = [...elements, ...ranges];
    }
    if (JSON.stringify(this.#boxes()) !== this.#seen) this.#sheet.draw();
  }

  /** What lies in the window, of all that is hidden. */
  #boxes(): Box[] {
    return this.#hidden
      .flatMap((what) => ('matches' in what ? [boxOf(what)] : boxesOf(what)))
      .filter(inWindow);
  }

  #paint(pen: CanvasRenderingContext2D): 'bare' | 'still' {
    if (!this.#on) return 'bare';
    const boxes = this.#boxes();
    this.#seen = JSON.stringify(boxes);
    const hatch = pen.createPattern(tile(), 'repeat');
    pen.font = '600 12px system-ui,sans-serif';
    pen.textBaseline = 'middle';
    const text = pen.measureText(this.#label).width;
    for (const { x, y, width, height } of boxes) {
      pen.beginPath();
      pen.roundRect(x, y, width, height, Math.min(4, height / 2));
      pen.fillStyle = hatch ?? '#c9ccd3';
      pen.fill();
      pen.strokeStyle = '#5d6370';
      pen.lineWidth = 1;
      pen.stroke();
      if (width > text + 16 && height >= 18) this.#name(pen, x + width / 2, y + height / 2, text);
    }
    return 'still';
  }

  #name(pen: CanvasRenderingContext2D, x: number, y: number, width: number): void {
    pen.fillStyle = '#fff';
    pen.beginPath();
    pen.roundRect(x - width / 2 - 6, y - 9, width + 12, 18, 4);
    pen.fill();
    pen.fillStyle = '#2b2f38';
    pen.fillText(this.#label, x - width / 2, y + 0.5);
  }
}

function inWindow({ x, y, width, height }: Box): boolean {
  const there = width > 1 && height > 1;
  return there && x < innerWidth && y < innerHeight && x + width > 0 && y + height > 0;
}

/** Grey stripes; opaque, for what is under it is hidden. */
function tile(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 12;
  const pen = canvas.getContext('2d');
  if (pen) {
    pen.fillStyle = '#dfe1e6';
    pen.fillRect(0, 0, 12, 12);
    pen.strokeStyle = '#b4b8c2';
    pen.lineWidth = 3;
    pen.beginPath();
    for (const from of [-12, 0, 12]) {
      pen.moveTo(from - 4, 16);
      pen.lineTo(from + 16, -4); // past the edges, so that the tiles join
    }
    pen.stroke();
  }
  return canvas;
}
