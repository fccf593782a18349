/**
 * What viewers point at and draw: pointers with a name and a short trail, strokes of the pen, and
 * a frame around one node. All come in document pixels and are drawn where the page has scrolled.
 */
import type { ClearMarks, Highlight, Pointer, Stroke, Viewer } from '../wire.gen.ts';
import { type Box, boxOf, elementOf, inDocument } from './geometry.ts';
import { COLOURS } from './look.ts';
import type { Sheet } from './sheet.ts';

const TRAIL = 350; // ms
const QUIET = 6000; // ms that a viewer's strokes stand after the last of them
const FADE = 600; // ms
const EASE = 45; // ms in which a pointer goes most of the way to where it was told: 30 Hz look smooth
const MOST = 5000; // points of one viewer; the oldest strokes go

type Point = [x: number, y: number];
type Pen = CanvasRenderingContext2D;

interface Hand {
  name: string;
  colour: string;
  target: Point | null;
  at: Point;
  trail: [x: number, y: number, at: number][];
  strokes: Map<string, Point[]>;
  drawn: number; // when the last point came
  node: number | null;
  box: Box | null;
}

export class Marks {
  readonly #hands = new Map<string, Hand>();
  readonly #sheet: Sheet;
  readonly #nodeOf: (id: number) => Node | null;
  readonly #still = matchMedia('(prefers-reduced-motion:reduce)');
  #timer = 0;
  #before = 0;

  constructor(sheet: Sheet, nodeOf: (id: number) => Node | null) {
    this.#sheet = sheet;
    this.#nodeOf = nodeOf;
    sheet.add((pen, now) => this.#paint(pen, now));
  }

  /** Only these may mark; what others left goes. */
  viewers(viewers: readonly Viewer[]): void {
    for (const id of this.#hands.keys())
      if (!viewers.some((viewer) => viewer.id === id)) this.#hands.delete(id);
    for (const { id, person, colour } of viewers) {
      const look = { name: person.name ?? '', colour: COLOURS[colour] ?? COLOURS[0] };
      const hand = this.#hands.get(id);
      if (hand) Object.assign(hand, look);
      else this.#hands.set(id, { ...look, ...blank() });
    }
    this.#sheet.draw();
  }

  mark(message: Pointer | Stroke | Highlight | ClearMarks): void {
    const hand = this.#hands.get(message.viewer ?? '');
    if (!hand) return;
    const now = performance.now();
    switch (message.t) {
      case 'pointer':
        point(hand, message);
        break;
      case 'stroke':
        draw(hand, message.stroke, message.points);
        hand.drawn = now;
        clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => this.#sheet.draw(), QUIET);
        break;
      case 'highlight':
        hand.node = message.node ?? null;
        break;
      case 'clear':
        hand.strokes.clear();
        hand.node = null;
        break;
      default:
        message satisfies never;
    }
    this.#sheet.draw();
  }

  /** Follow what has moved by itself, without a scroll. */
  follow(): void {
    for (const hand of this.#hands.values())
      if (hand.node !== null && `${hand.box?.y}${hand.box?.x}` !== corner(this.#boxOf(hand.node)))
        this.#sheet.draw();
  }

  clear(): void {
    clearTimeout(this.#timer);
    for (const hand of this.#hands.values()) Object.assign(hand, blank());
    this.#sheet.draw();
  }

  #boxOf(node: number): Box | null {
    const found = this.#nodeOf(node);
    const element = found?.isConnected ? elementOf(found) : null;
    const box = element && inDocument(boxOf(element));
    return box?.width && box.height ? box : null;
  }

  #paint(pen: Pen, now: number): 'bare' | 'still' | 'moving' {
    const passed = Math.min(now - this.#before, 100);
    this.#before = now;
    let [any, moving] = [false, false];
    pen.save();
    pen.translate(-scrollX, -scrollY);
    pen.lineCap = pen.lineJoin = 'round';
    for (const hand of this.#hands.values()) {
      const was = hand.box;
      hand.box = hand.node === null ? null : this.#boxOf(hand.node);
      if (hand.box) frame(pen, hand, hand.box);
      moving ||= was !== null && hand.box !== null && corner(was) !== corner(hand.box);
      moving = strokes(pen, hand, now, this.#still.matches) || moving;
      moving = this.#pointer(pen, hand, now, passed) || moving;
      any ||= hand.box !== null || hand.strokes.size > 0 || hand.target !== null;
    }
    pen.restore();
    return moving ? 'moving' : any ? 'still' : 'bare';
  }

  #pointer(pen: Pen, hand: Hand, now: number, passed: number): boolean {
    const { target, at } = hand;
    if (!target) return false;
    const far = Math.hypot(target[0] - at[0], target[1] - at[1]);
    const share = this.#still.matches || far < 0.5 ? 1 : 1 - Math.exp(-passed / EASE);
    at[0] += (target[0] - at[0]) * share;
    at[1] += (target[1] - at[1]) * share;
    if (far >= 0.5 && !this.#still.matches) hand.trail.push([...at, now]);
    hand.trail = hand.trail.filter(([, , born]) => now - born < TRAIL);
    tail(pen, hand, now);
    arrow(pen, hand);
    return share < 1 || hand.trail.length > 0;
  }
}

function blank(): Pick<Hand, 'target' | 'at' | 'trail' | 'strokes' | 'drawn' | 'node' | 'box'> {
  return {
    target: null,
    at: [0, 0],
    trail: [],
    strokes: new Map(),
    drawn: 0,
    node: null,
    box: null,
  };
}

function corner(box: Box | null): string {
  return `${box?.y}${box?.x}`;
}

function point(hand: Hand, { x, y }: Pointer): void {
  const known = x !== null && x !== undefined && y !== null && y !== undefined;
  if (known && !hand.target) hand.at = [x, y]; // it appears there, and does not fly in
  hand.target = known ? [x, y] : null;
  if (!known) hand.trail = [];
}

function draw(hand: Hand, id: string, points: readonly Point[]): void {
  const { strokes } = hand;
  strokes.set(id, [...(strokes.get(id) ?? []), ...points].slice(-MOST));
  let total = 0;
  for (const [each, { length }] of [...strokes].reverse()) {
    total += length;
    if (total > MOST && each !== id) strokes.delete(each);
  }
}

function strokes(pen: Pen, hand: Hand, now: number, still: boolean): boolean {
  if (!hand.strokes.size) return false;
  const faded = (now - hand.drawn - QUIET) / (still ? 1 : FADE);
  if (faded >= 1) {
    hand.strokes.clear();
    return false;
  }
  pen.globalAlpha = 1 - Math.max(0, faded);
  for (const points of hand.strokes.values()) {
    // White below, so that it stands out on any page.
    for (const [colour, width] of [
      ['#fff', 7],
      [hand.colour, 4],
    ] as const) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      line(pen, points);
    }
  }
  pen.globalAlpha = 1;
  return faded > 0;
}

/** Through the middles of the points, so that it bends and has no corners. */
function line(pen: Pen, points: readonly Point[]): void {
  const [first] = points;
  if (!first) return;
  pen.beginPath();
  pen.moveTo(...first);
  for (const [i, [x, y]] of points.entries()) {
    const [nextX, nextY] = points[i + 1] ?? [x, y];
    pen.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  pen.stroke();
}

function tail(pen: Pen, { trail, colour, at }: Hand, now: number): void {
  pen.strokeStyle = colour;
  pen.lineCap = 'butt'; // round ends would lie over each other like beads
  for (const [i, [x, y, born]] of trail.entries()) {
    const [nextX, nextY] = trail[i + 1] ?? at;
    const life = 1 - (now - born) / TRAIL;
    pen.globalAlpha = 0.5 * life;
    pen.lineWidth = 2 + 6 * life;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(nextX, nextY);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.lineCap = 'round';
}

function arrow(pen: Pen, { at: [x, y], name, colour }: Hand): void {
  pen.save();
  pen.translate(x, y);
  pen.fillStyle = colour;
  pen.strokeStyle = '#fff';
  pen.lineWidth = 2;
  pen.shadowColor = '#0006';
  pen.shadowBlur = 4;
  pen.beginPath();
  for (const [px, py] of [
    [0, 0],
    [15, 9.5],
    [8.2, 11.2],
    [4.6, 17.4],
  ] as const)
    pen.lineTo(px, py);
  pen.closePath();
  pen.stroke();
  pen.fill();
  if (name) tag(pen, name, 14, 16);
  pen.restore();
}

/** A name on the colour that is set. */
function tag(pen: Pen, name: string, x: number, y: number): void {
  const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  pen.font = '600 13px system-ui,sans-serif';
  pen.textBaseline = 'middle';
  const { width } = pen.measureText(text);
  pen.beginPath();
  pen.roundRect(x, y, width + 16, 24, 12);
  pen.fill();
  pen.shadowColor = 'transparent';
  pen.fillStyle = '#fff';
  pen.fillText(text, x + 8, y + 12.5);
}

function frame(pen: Pen, { colour, name }: Hand, { x, y, width, height }: Box): void {
  for (const [ink, thick] of [
    ['#fff', 7],
    [colour, 3],
  ] as const) {
    pen.strokeStyle = ink;
    pen.lineWidth = thick;
    pen.beginPath();
    pen.roundRect(x - 5, y - 5, width + 10, height + 10, 8);
    pen.stroke();
  }
  pen.fillStyle = colour;
  if (name) tag(pen, name, x - 5, y - 34 < scrollY ? y + height + 10 : y - 34);
}
