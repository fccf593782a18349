/**
 * Where the mirror stands in the player: as large as the shopper's window, scaled down to fit,
 * in the middle. The next page is built behind the one that shows, and takes its place when its
 * pictures in view have come or a moment has passed: no flicker.
 */
import type { CleanEvent } from './events.ts';
import { Mirror, type Point } from './mirror.ts';

const PATIENCE = 120; // ms for pictures; longer would show an old page

export class Stage {
  readonly #root: HTMLElement;
  readonly #frame: HTMLElement;
  readonly #changed: () => void;
  /** The newest page: what changes go to. It may still be behind the one that shows. */
  newest: Mirror | null = null;
  /** The page that shows: what is pointed at. */
  shown: Mirror | null = null;
  scale = 1;
  left = 0;
  top = 0;

  constructor(root: HTMLElement, changed: () => void) {
    this.#root = root;
    this.#changed = changed;
    this.#frame = document.createElement('div');
    this.#frame.className = 'stage';
    root.append(this.#frame);
    new ResizeObserver(() => this.#moved()).observe(root);
  }

  /** Builds the next page; returns whether that was possible. */
  build(events: readonly CleanEvent[]): boolean {
    const holder = document.createElement('div');
    holder.className = 'page coming';
    this.#frame.append(holder);
    let next: Mirror;
    try {
      next = new Mirror(holder, events, () => this.#moved());
    } catch {
      holder.remove();
      return false;
    }
    if (this.newest !== null && this.newest !== this.shown) {
      this.newest.destroy(); // was never seen
    }
    next.follow(this.shown === null || this.shown.href !== next.href || this.shown.following);
    if (!next.following && this.shown !== null) {
      const { x, y } = this.shown.offset;
      next.window?.scrollTo({ left: x, top: y, behavior: 'instant' });
    }
    this.newest = next;
    if (this.shown === null) {
      this.#swap(next, holder);
    } else {
      void pictures(next).then(() => this.newest === next && this.#swap(next, holder));
    }
    return true;
  }

  #swap(next: Mirror, holder: HTMLElement): void {
    const before = this.shown;
    this.shown = next;
    holder.className = 'page';
    before?.destroy();
    this.#moved();
  }

  #moved(): void {
    const mirror = this.shown;
    if (mirror !== null) {
      const { clientWidth, clientHeight } = this.#root;
      this.scale = Math.min(1, clientWidth / mirror.width, clientHeight / mirror.height);
      this.left = Math.max(0, Math.round((clientWidth - mirror.width * this.scale) / 2));
      this.top = Math.max(0, Math.round((clientHeight - mirror.height * this.scale) / 2));
      const { style } = this.#frame;
      style.width = `${mirror.width}px`;
      style.height = `${mirror.height}px`;
      style.transform = `translate(${this.left}px, ${this.top}px) scale(${this.scale})`;
    }
    this.#changed();
  }

  /** Returns the place in the shopper's window, or null when it is beside it. */
  inWindow(event: { clientX: number; clientY: number }): Point | null {
    const mirror = this.shown;
    const x = (event.clientX - this.left) / this.scale;
    const y = (event.clientY - this.top) / this.scale;
    const inside = mirror !== null && x >= 0 && y >= 0 && x < mirror.width && y < mirror.height;
    return inside ? { x, y } : null;
  }

  /** Returns the place in the shopper's document, rounded to what can be seen. */
  inDocument(event: { clientX: number; clientY: number }): Point | null {
    const at = this.inWindow(event);
    const offset = this.shown?.offset ?? { x: 0, y: 0 };
    return at && { x: round(at.x + offset.x), y: round(at.y + offset.y) };
  }

  /** Returns where a place of the shopper's document is in the player. */
  onScreen(point: Point): Point {
    const offset = this.shown?.offset ?? { x: 0, y: 0 };
    return {
      x: this.left + (point.x - offset.x) * this.scale,
      y: this.top + (point.y - offset.y) * this.scale,
    };
  }
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

async function pictures(mirror: Mirror): Promise<void> {
  const inView = [...(mirror.document?.images ?? [])].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return !image.complete && bottom > 0 && top < mirror.height;
  });
  const loaded = Promise.all(
    inView.map(
      (image) =>
        new Promise<void>((resolve) => {
          image.addEventListener('load', () => resolve(), { once: true });
          image.addEventListener('error', () => resolve(), { once: true });
        }),
    ),
  );
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}
