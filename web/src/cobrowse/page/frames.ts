/** The window and those of the frames that the page may reach: what is typed there is heard there. */

export class Windows {
  readonly #met: (view: Window) => void;
  /** A frame that goes to another page keeps its window's name, and gets another document. */
  readonly #known = new WeakSet<Document>();

  /** `met` is called once for each page in a frame, and for this one at once. */
  constructor(met: (view: Window) => void) {
    this.#met = met;
    this.look();
  }

  /** Find frames that have come. */
  look(view: Window = window): void {
    if (!this.#known.has(view.document)) {
      this.#known.add(view.document);
      this.#met(view);
    }
    for (let i = 0; i < view.length; i += 1) {
      const inner = view[i];
      if (inner && reachable(inner)) this.look(inner);
    }
  }
}

function reachable(view: Window): boolean {
  try {
    return view.document !== null;
  } catch {
    return false; // of another site
  }
}
