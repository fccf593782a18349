/**
 * Notices when a page changes faster than changes are worth sending, and waits until it is quiet.
 *
 * A page that draws itself anew is cheaper as one snapshot than as thousands of changes.
 */
const MOST = 1500; // changes
const TICK = 50; // ms
const QUIET = 300; // ms
const PATIENCE = 3000; // ms; a page that never rests is shown now and then

export class Storm {
  readonly #over: () => void;
  #felt = 0;
  #since = Number.NEGATIVE_INFINITY;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #watch: MutationObserver | undefined;

  /** `over` is called when the page is quiet again. */
  constructor(over: () => void) {
    this.#over = over;
  }

  /** Whether changes are held back now. */
  get raging(): boolean {
    return this.#watch !== undefined;
  }

  /** Count changes, and tell whether they are too many now. */
  feel(changes: number): boolean {
    const now = performance.now();
    if (now - this.#since > TICK) {
      this.#since = now;
      this.#felt = 0;
    }
    this.#felt += changes;
    if (this.#felt <= MOST) return false;
    this.#rage();
    return true;
  }

  /** Forget it all. */
  calm(): void {
    this.#watch?.disconnect();
    this.#watch = undefined;
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    this.#felt = 0;
  }

  #rage(): void {
    const over = () => {
      this.calm();
      this.#over();
    };
    const wait = () => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(over, QUIET);
    };
    this.#patience = setTimeout(over, PATIENCE);
    this.#watch = new MutationObserver(wait);
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    this.#watch.observe(document, everything);
    wait();
  }
}
