/**
 * The bar on the shop's page: who sees it, what they see, and the way out of it.
 *
 * It acts on trusted events only, so nothing but the shopper's own hand presses it. What Esc would
 * do now carries the key beside it: put the preview away, else take control back, else stop.
 */
import type { PageWords } from '../bridge.ts';
import type { Host } from './host.ts';
import { COLOURS } from './look.ts';

export interface Shown {
  /** Consent was given; before, only the preview has a bar. */
  sharing: boolean;
  viewers: readonly { name: string; colour: number }[];
  paused: boolean;
  preview: boolean;
  /** `left` in ms; `busy`: the shopper's own input holds it up. */
  control: { name: string; left: number; busy: boolean } | null;
}

export interface Acts {
  stop(): void;
  takeBack(): void;
  preview(on: boolean): void;
}

const EYE = 'M2 12s3.6-6 10-6 10 6 10 6-3.6 6-10 6-10-6-10-6zM12 9.4a2.6 2.6 0 1 0 .01 0';
const HAND = 'M5 3l14 8-6.2 1.6L9.6 19z';
const PAUSE = 'M8 6v12M16 6v12';
const SWAP = 'M12 4v16M8 8l4-4 4 4M8 16l4 4 4-4';
const EDGE = 'tiski:bar'; // in the tab's storage: the bar stays where the shopper put it

export class Banner {
  readonly #words: PageWords;
  readonly #bar = make('section', 'bar');
  readonly #rim = make('div', 'rim');
  readonly #sign = icon(EYE);
  readonly #control = make('p');
  readonly #who = make('p', 'who');
  readonly #told = make('p', 'told');
  readonly #time = make('span', 'time');
  readonly #preview: HTMLButtonElement;
  readonly #takeBack: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #key = make('kbd');
  #announced = '';
  #shape = '';

  constructor(host: Host, words: PageWords, acts: Acts) {
    this.#words = words;
    this.#key.textContent = words.stopKey;
    this.#key.ariaHidden = 'true';
    this.#told.role = 'status';
    this.#time.role = 'timer';
    this.#preview = button('plain preview', () => acts.preview(!this.#previewing));
    this.#preview.append(icon(EYE), make('span'));
    const move = button('plain', () => this.#moveTo(!this.#bar.classList.contains('top')));
    move.append(icon(SWAP));
    move.ariaLabel = move.title = words.move;
    this.#takeBack = button('line', acts.takeBack);
    this.#takeBack.append(words.takeBack);
    this.#stop = button('stop', acts.stop);
    this.#stop.append(words.stop);

    const sign = make('span', 'sign');
    sign.append(this.#sign);
    const text = make('div', 'text');
    text.append(this.#control, this.#who);
    const tools = make('div', 'acts');
    tools.append(this.#preview, move);
    const ways = make('div', 'acts do');
    ways.append(this.#takeBack, this.#stop);
    this.#bar.role = 'region';
    this.#bar.append(sign, text, tools, ways);
    this.#moveTo(kept() === 'top');
    host.add(this.#rim, this.#bar, this.#told);
  }

  show({ sharing, viewers, paused, preview, control }: Shown): void {
    const words = this.#words;
    const state = sharing ? this.#state(viewers, paused) : words.preview;
    const [before = '', after = ''] = (control?.busy ? words.controlPaused : words.control)
      .replace('{name}', () => control?.name ?? '')
      .split('{time}');

    this.#standAnew(JSON.stringify([state, preview, control?.busy]));
    this.#bar.hidden = !sharing && !preview;
    this.#bar.ariaLabel = state;
    this.#rim.hidden = !control;
    draw(this.#sign, paused ? PAUSE : control ? HAND : EYE);
    this.#control.hidden = !control;
    if (control) {
      this.#time.textContent = clock(control.left);
      this.#control.replaceChildren(before, this.#time, after);
    }
    const dots = paused ? [] : viewers.map(({ colour }) => dot(colour));
    this.#who.replaceChildren(...dots, state);
    label(this.#preview, preview ? words.previewOff : words.preview);
    this.#preview.ariaPressed = `${preview}`;
    this.#takeBack.hidden = !control;
    this.#stop.hidden = !sharing;
    this.#giveKey(preview ? this.#preview : control ? this.#takeBack : this.#stop);
    // The seconds are for the eye; a screen reader hears what has changed.
    const may = control && (before + after).replace(/[\s·,:–-]+$/, '');
    this.#announce([sharing && state, may].filter(Boolean).join('. '));
  }

  #state(viewers: Shown['viewers'], paused: boolean): string {
    const { seen, seenMany, unseen, paused: covered } = this.#words;
    if (paused) return covered;
    const names = viewers.map(({ name }) => name).join(', ');
    if (!names) return unseen;
    return (viewers.length > 1 ? seenMany : seen).replace('{names}', () => names);
  }

  /** Keep above what covers the window's lower end: the keyboard of a phone. */
  lift(px: number): void {
    this.#bar.style.setProperty('--covered', `${px}px`);
  }

  /**
   * With other words the bar is of another size. Put in anew it is a new thing to the browser and
   * has not shifted (CLS 0). Not under the shopper's hand, nor while it has the focus.
   */
  #standAnew(shape: string): void {
    if (shape === this.#shape) return;
    this.#shape = shape;
    if (!this.#bar.matches(':active,:focus-within')) this.#bar.replaceWith(this.#bar);
  }

  get #previewing(): boolean {
    return this.#preview.ariaPressed === 'true';
  }

  #giveKey(owner: HTMLButtonElement): void {
    for (const each of [this.#preview, this.#takeBack, this.#stop])
      each.ariaKeyShortcuts = each === owner ? 'Escape' : null;
    if (this.#key.parentNode !== owner) owner.append(this.#key);
  }

  #announce(text: string): void {
    if (text !== this.#announced) this.#told.textContent = text;
    this.#announced = text;
  }

  #moveTo(top: boolean): void {
    this.#bar.classList.toggle('top', top);
    try {
      sessionStorage[EDGE] = top ? 'top' : 'bottom';
    } catch {
      // Storage is blocked: it is asked again on the next page.
    }
  }
}

function kept(): string | undefined {
  try {
    return sessionStorage[EDGE];
  } catch {
    return undefined;
  }
}

function make<K extends keyof HTMLElementTagNameMap>(name: K, look = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = look;
  return element;
}

function button(look: string, press: () => void): HTMLButtonElement {
  const element = make('button', look);
  element.type = 'button';
  element.onclick = (event) => {
    if (event.isTrusted) press();
  };
  return element;
}

function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.ariaHidden = 'true';
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
  draw(svg, path);
  return svg;
}

function draw(svg: SVGSVGElement, path: string): void {
  svg.firstElementChild?.setAttribute('d', path);
}

function dot(colour: number): HTMLElement {
  const element = make('i');
  element.style.background = COLOURS[colour] ?? COLOURS[0];
  return element;
}

function label(element: HTMLButtonElement, text: string): void {
  const span = element.querySelector('span');
  if (span) span.textContent = text;
  element.title = text;
}

/** Minutes and seconds, as a countdown says them. */
function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`;
}
