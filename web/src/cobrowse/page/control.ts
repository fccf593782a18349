/**
 * Does in the page what an agent asks for, under the shopper's grant, or says why not. Every
 * check is made here, whatever the server or the console have checked (docs/cobrowse.md).
 *
 *     grant, time, rate, the shopper's own input, epoch   grant.ts
 *     the node is there, and is what the pointer meets    geometry.ts
 *     not ours, not nocontrol, not a file, not masked     here
 *     does not submit, pay or leave                       consequence.ts
 */
import type { Operate } from '../wire.gen.ts';
import { Commitments, commits, labelled } from './consequence.ts';
import { fill } from './fill.ts';
import { boxOf, elementAt, elementOf, nearest, within } from './geometry.ts';
import type { Code, Warrant } from './grant.ts';
import { OURS } from './host.ts';
import type { Masker } from './mask/index.ts';
import { press, scroll } from './press.ts';

/** What the recorder knows. */
export interface Recorded {
  readonly epoch: number;
  nodeOf(id: number): Node | null;
}

export class Control {
  readonly #masker: Masker;
  readonly #recording: Recorded;
  /** Whether what the page shows now may be seen. */
  readonly #may: () => boolean;
  readonly #commitments = new Commitments();
  /** Ticking a box fires an `input` that is as trusted as the shopper's own. */
  #acting = false;

  constructor(masker: Masker, recording: Recorded, may: () => boolean) {
    this.#masker = masker;
    this.#recording = recording;
    this.#may = may;
  }

  /** Whether an event that comes now comes of an operation. */
  get acting(): boolean {
    return this.#acting;
  }

  /** The shopper goes on by themselves: what they set off is theirs. */
  lift(): void {
    this.#commitments.lift();
  }

  /** Do it, or say why not. */
  operate(operate: Operate, warrant: Warrant): Code {
    const refusal = warrant.refusal(operate, this.#recording.epoch, performance.now());
    if (refusal) return refusal;
    if (document.hidden) return 'shopper_busy'; // with another tab: nobody acts behind their back
    if (!this.#may()) return 'refused';
    const node = this.#recording.nodeOf(operate.node);
    const element = node && elementOf(node);
    if (!element || !within(element, document.documentElement)) return 'gone';
    this.#acting = true;
    try {
      return operate.op === 'scroll' ? this.#scroll(element, operate) : this.#act(element, operate);
    } finally {
      this.#acting = false;
    }
  }

  #scroll(element: Element, { fx = 0.5, fy = 0.5, dx = 0, dy = 0 }: Operate): Code {
    const { body, scrollingElement } = element.ownerDocument;
    const whole = element === body || element.contains(scrollingElement); // no box to point into
    if (this.#closed(element)) return 'refused';
    if (!whole && !this.#met(element, fx, fy)) return 'covered';
    scroll(whole && scrollingElement ? scrollingElement : element, dx, dy);
    return 'done';
  }

  #act(element: Element, { op, fx = 0.5, fy = 0.5, value }: Operate): Code {
    const refusal = this.#untouchable(element);
    if (refusal) return refusal;
    const met = this.#met(element, fx, fy) ?? this.#broughtInto(element, fx, fy);
    if (!met) return 'covered';
    return op === 'fill' ? this.#fill(element, value ?? null) : this.#click(met, fx, fy, element);
  }

  #fill(element: Element, value: string | null): Code {
    if (value === null) return 'refused';
    let taken = false;
    const committed = this.#commitments.during(() => {
      taken = fill(element, value);
    });
    return taken && !committed ? 'done' : 'refused';
  }

  /** `met` is what is clicked, as by a hand: the part of `element` that is under the point. */
  #click(met: Element, fx: number, fy: number, element: Element): Code {
    for (const target of [met, labelled(met)]) {
      const refusal = target && this.#untouchable(target);
      if (refusal) return refusal;
      if (target && (commits(target) || target.matches(':disabled,:disabled *'))) return 'refused';
    }
    const box = element.getBoundingClientRect();
    const [x, y] = [box.x + fx * box.width, box.y + fy * box.height];
    const committed = this.#commitments.during(() => press(met, x, y));
    return committed ? 'refused' : 'done';
  }

  /** The part of `element` that the pointer meets at that point of its box, if it does. */
  #met(element: Element, fx: number, fy: number): Element | null {
    const box = boxOf(element);
    const hit = elementAt(box.x + fx * box.width, box.y + fy * box.height);
    return hit && within(hit, element) ? hit : null;
  }

  #broughtInto(element: Element, fx: number, fy: number): Element | null {
    // To the middle: at an edge it could be under a bar, the shop's or ours.
    element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    return this.#met(element, fx, fy);
  }

  /** Ours, or closed to control by the shop; on it or around it, and around its frame. */
  #closed(element: Element): boolean {
    return (
      nearest(element, OURS) !== null || this.#any(element, (each) => this.#masker.nocontrol(each))
    );
  }

  #untouchable(element: Element): Code | null {
    if (this.#closed(element) || element.matches('input[type=file i]')) return 'refused';
    return this.#any(element, (each) => this.#masker.sensitive(each)) ? 'sensitive' : null;
  }

  /** The masker looks through shadow roots, and this out of frames. */
  #any(element: Element, holds: (each: Element) => boolean): boolean {
    for (let each: Element | null = element; each; each = viewOf(each).frameElement)
      if (holds(each)) return true;
    return false;
  }
}

function viewOf(element: Element): Window & typeof globalThis {
  return element.ownerDocument.defaultView ?? window;
}
