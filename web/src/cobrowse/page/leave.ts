/**
 * The shopper's leave to operate their page, while there is one. It is given and taken back here,
 * at once; what an agent does under it is in `control.ts`, which is fetched with the first grant.
 */
import type { Grant } from '../bridge.ts';
import type { Operate } from '../wire.gen.ts';
import type { Control, Recorded } from './control.ts';
import { type Code, Warrant } from './grant.ts';
import type { Masker } from './mask/index.ts';

/** Moving the mouse is not among them: it says nothing about wanting the page to oneself. */
const OWN_INPUT = ['pointerdown', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove'];

export class Leave {
  readonly #make: () => Promise<Control>;
  #warrant: Warrant | null = null;
  #coming: Promise<Control | null> | null = null;
  #control: Control | null = null;

  /** `may`: whether what the page shows now may be seen. */
  constructor(masker: Masker, recorded: Recorded, may: () => boolean) {
    this.#make = async () => {
      const { Control } = await import('./control.ts');
      this.#control = new Control(masker, recorded, may);
      return this.#control;
    };
  }

  get warrant(): Warrant | null {
    return this.#warrant;
  }

  /** Let an agent operate from now on. With null nobody may, from this instant. */
  give(grant: Grant | null): void {
    this.#warrant = grant && new Warrant(grant, performance.now());
    if (grant)
      this.#coming ??= this.#make().catch(() => {
        this.#coming = null; // the next grant asks for it again
        return null;
      });
  }

  /** Do what is asked, or say why not. */
  async operate(operate: Operate): Promise<Code> {
    const control = this.#control ?? (await this.#coming);
    if (!this.#warrant) return 'no_grant'; // it may have gone meanwhile
    return control?.operate(operate, this.#warrant) ?? 'refused';
  }

  /** Hear the shopper's own input in `view`. */
  listen(view: Window, signal: AbortSignal): void {
    const hold = (event: Event) => {
      if (!event.isTrusted || this.#control?.acting) return;
      this.#control?.lift();
      this.#warrant?.hold(performance.now());
    };
    for (const type of OWN_INPUT)
      view.addEventListener(type, hold, { capture: true, passive: true, signal });
  }
}
