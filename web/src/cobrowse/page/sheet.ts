/**
 * A clear sheet over the window to draw on, which takes no input. It draws when something has
 * changed, and goes on from frame to frame only while a painter says that it moves.
 */

/** Draws in pixels of the window, at `now` ms; says whether it drew anything, and if that moves. */
export type Painter = (pen: CanvasRenderingContext2D, now: number) => 'bare' | 'still' | 'moving';

export class Sheet {
  readonly canvas = document.createElement('canvas');
  readonly #pen = this.canvas.getContext('2d');
  readonly #painters: Painter[] = [];
  #asked = 0;
  #bare = true;

  constructor(signal: AbortSignal) {
    this.canvas.ariaHidden = 'true';
    const again = () => {
      if (!this.#bare) this.draw();
    };
    // What is marked goes with the page, and with every part that scrolls by itself.
    addEventListener('scroll', again, { capture: true, passive: true, signal });
    addEventListener('resize', again, { passive: true, signal });
    signal.addEventListener('abort', () => cancelAnimationFrame(this.#asked));
  }

  /** `painter` draws over those before it. */
  add(painter: Painter): void {
    this.#painters.push(painter);
  }

  /** Draw in the next frame. */
  draw(): void {
    this.#asked ||= requestAnimationFrame((now) => this.#paint(now));
  }

  #paint(now: number): void {
    this.#asked = 0;
    const pen = this.#pen;
    if (!pen) return;
    this.#fit(pen);
    pen.clearRect(0, 0, innerWidth, innerHeight);
    const states = this.#painters.map((painter) => painter(pen, now));
    this.#bare = states.every((state) => state === 'bare');
    this.canvas.hidden = this.#bare; // and costs the page no layer
    if (states.includes('moving')) this.draw();
  }

  #fit(pen: CanvasRenderingContext2D): void {
    const scale = Math.min(devicePixelRatio, 2); // more cannot be seen, and costs memory
    const [width, height] = [Math.round(innerWidth * scale), Math.round(innerHeight * scale)];
    if (this.canvas.width !== width || this.canvas.height !== height)
      Object.assign(this.canvas, { width, height });
    pen.setTransform(scale, 0, 0, scale, 0, 0);
  }
}
