/** All that the shopper sees of a co-browsing on their page: the bar, the marks, the preview. */
import type { PageWords } from '../bridge.ts';
import { type Acts, Banner, type Shown } from './banner.ts';
import { Host } from './host.ts';
import { CSS } from './look.ts';
import { Marks } from './marks.ts';
import type { Masker } from './mask/index.ts';
import { Preview } from './preview.ts';
import { Sheet } from './sheet.ts';

export class Face {
  readonly marks: Marks;
  readonly preview: Preview;
  readonly #host = new Host(CSS);
  readonly #banner: Banner;
  readonly #over = new AbortController();

  constructor(words: PageWords, masker: Masker, nodeOf: (id: number) => Node | null, acts: Acts) {
    const { signal } = this.#over;
    const sheet = new Sheet(signal);
    this.preview = new Preview(sheet, masker, words.hidden);
    this.marks = new Marks(sheet, nodeOf);
    this.#host.add(sheet.canvas);
    this.#banner = new Banner(this.#host, words, acts);
    const view = window.visualViewport;
    const lift = () => {
      if (view) this.#banner.lift(Math.max(0, innerHeight - view.offsetTop - view.height));
    };
    view?.addEventListener('resize', lift, { signal });
    view?.addEventListener('scroll', lift, { signal });
    lift();
  }

  show(shown: Omit<Shown, 'preview'>): void {
    this.#banner.show({ ...shown, preview: this.preview.on });
  }

  /** Keep up with a page that changes under it. */
  follow(): void {
    this.#host.settle();
    this.preview.follow();
    this.marks.follow();
  }

  remove(): void {
    this.#over.abort();
    this.marks.clear();
    this.#host.remove();
  }
}
