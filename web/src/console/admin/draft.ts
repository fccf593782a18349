/**
 * Settings that are being changed: what is kept, what was typed, and what is wrong with it.
 *
 *   kept ──set──► changed ──save──► saving ──► kept (and said so)
 *                    ▲                └─refused─► changed, with the refusal at its field
 *                    └──────────────────────────────┘
 *
 * What was typed lives as long as the console's page, whichever of its pages is shown.
 */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import { same } from './differing';

/** What is wrong, by field; the empty name is the whole. */
export type Problems = Readonly<Record<string, string>>;

export class Draft<T> {
  readonly #edited = signal<T | null>(null);
  readonly #problems = signal<Problems>({});
  readonly #busy = signal(false);
  readonly #saved = signal(false);
  /** What is shown: typed, else kept; null while nothing is known. */
  readonly value: ReadonlySignal<T | null>;
  readonly dirty: ReadonlySignal<boolean>;

  /** `kept`: reads what the server has; null while that is not known. */
  constructor(kept: () => T | null) {
    this.value = computed(() => this.#edited.value ?? kept());
    this.dirty = computed(() => this.#edited.value !== null && !same(this.#edited.value, kept()));
  }

  get problems(): ReadonlySignal<Problems> {
    return this.#problems;
  }
  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }
  /** Saved, and not changed since. */
  get saved(): ReadonlySignal<boolean> {
    return this.#saved;
  }

  /** Change some of it. The refusal of a field that is changed is over. */
  set(changes: Partial<T>): void {
    const before = this.value.peek();
    const next = (Array.isArray(changes) ? changes : { ...before, ...changes }) as T;
    const still = { ...this.#problems.peek() };
    for (const name of ['', ...Object.keys(changes)]) delete still[name];
    batch(() => {
      this.#edited.value = next;
      this.#problems.value = Array.isArray(changes) ? {} : still;
      this.#saved.value = false;
    });
  }

  /** Say what is wrong, before anything is sent. */
  refuse(problems: Problems): void {
    this.#problems.value = problems;
  }

  discard(): void {
    batch(() => {
      this.#edited.value = null;
      this.#problems.value = {};
      this.#saved.value = false;
    });
  }

  /**
   * Send it; returns whether it was kept. `send` returns when what the server has is known anew.
   * `told` says at which fields a refusal belongs.
   */
  async save(
    send: (value: T) => Promise<void>,
    told: (problem: unknown) => Problems,
  ): Promise<boolean> {
    const value = this.value.peek();
    if (value === null || this.#busy.peek()) return false;
    batch(() => {
      this.#busy.value = true;
      this.#problems.value = {};
    });
    try {
      await send(value);
      batch(() => {
        // What was typed while it was on its way is kept, and is not saved.
        if (same(this.value.peek(), value)) {
          this.#edited.value = null;
          this.#saved.value = true;
        }
      });
      return true;
    } catch (problem) {
      this.#problems.value = told(problem);
      return false;
    } finally {
      this.#busy.value = false;
    }
  }
}
