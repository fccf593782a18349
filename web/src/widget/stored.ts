/**
 * What the frame keeps for its tab, only after the visitor has acted: drafts, unsent messages, the
 * call that goes on. Browsers refuse storage to a frame of another site, so the shop's page keeps
 * it as one text (`loader/bridge.ts`); this is the frame's view of it, like a `Storage`.
 */
export class TabStore {
  readonly #values: Map<string, string>;
  readonly #save: (text: string) => void;

  /** `text`: what was saved before, "" at first. */
  constructor(text: string, save: (text: string) => void) {
    this.#values = new Map(Object.entries(parse(text)));
    this.#save = save;
  }

  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#values.set(key, value);
    this.#told();
  }

  removeItem(key: string): void {
    if (this.#values.delete(key)) this.#told();
  }

  clear(): void {
    this.#values.clear();
    this.#told();
  }

  /** Read a value as it was kept; null when there is none. */
  recall<T>(key: string): T | null {
    return parse(this.getItem(key) ?? 'null') as T | null;
  }

  /** Keep a value that JSON can carry; null drops it. */
  keep(key: string, value: unknown): void {
    if (value === null) this.removeItem(key);
    else this.setItem(key, JSON.stringify(value));
  }

  /** All of it as one text, for another window. */
  get text(): string {
    return this.#values.size > 0 ? JSON.stringify(Object.fromEntries(this.#values)) : '';
  }

  #told(): void {
    this.#save(this.text);
  }
}

function parse(text: string): Record<string, string> {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return {}; // of another version, or touched by the page
  }
}
