/** What is said instead of the mirror, or over it: waiting, away, the curtain. */
import type { PlayerWords, ToPlayer } from './port.ts';

type Curtain = Extract<ToPlayer, { t: 'curtain' }>;

const SVG = 'http://www.w3.org/2000/svg';
const SIGNS = {
  curtain:
    'M3 3l18 18M10.6 5.2A10 10 0 0 1 22 12a13 13 0 0 1-2.6 3.4M6.6 6.6A13 13 0 0 0 2 12a10.5 10.5 0 0 0 14.9 5.4M9.9 9.9a3 3 0 0 0 4.2 4.2',
  waiting: 'M12 3a9 9 0 1 0 9 9',
  away: 'M12 7v5l3 2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18',
};

export class Cover {
  readonly #cover: HTMLElement;
  readonly #sign: SVGPathElement;
  readonly #text: HTMLElement;
  #words: PlayerWords | null = null;
  #curtain: Curtain | null = null;
  #sharing = true;
  #page = false;

  constructor(root: HTMLElement) {
    this.#cover = document.createElement('div');
    this.#cover.className = 'cover';
    this.#cover.setAttribute('role', 'status');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', 'sign');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    this.#sign = document.createElementNS(SVG, 'path');
    svg.append(this.#sign);
    this.#text = document.createElement('p');
    const card = document.createElement('div');
    card.className = 'card';
    card.append(svg, this.#text);
    this.#cover.append(card);
    root.append(this.#cover);
  }

  /** Whether the mirror may not be seen now. */
  get closed(): boolean {
    return this.#curtain?.down === true;
  }

  words(words: PlayerWords): void {
    this.#words = words;
    this.#show();
  }

  curtain(curtain: Curtain): void {
    this.#curtain = curtain;
    this.#show();
  }

  sharing(on: boolean): void {
    this.#sharing = on;
    this.#show();
  }

  /** There is a page to be seen. */
  page(): void {
    if (!this.#page || !this.#sharing) {
      this.#page = true;
      this.#sharing = true;
      this.#show();
    }
  }

  #show(): void {
    const words = this.#words;
    const kind = this.closed ? 'curtain' : !this.#sharing ? 'away' : this.#page ? null : 'waiting';
    this.#cover.hidden = kind === null || words === null;
    if (kind === null || words === null) {
      return;
    }
    const opaque = kind !== 'away' || !this.#page;
    this.#cover.className = `cover ${kind}${opaque ? '' : ' over'}`;
    this.#sign.setAttribute('d', SIGNS[kind]);
    this.#text.textContent =
      kind === 'curtain' ? words.curtain[this.#curtain?.reason ?? 'page'] : words[kind];
  }
}
