/**
 * What a tab remembers of its call over a page change: which call, and what was on. The storage is
 * per tab (`sessionStorage`), so another tab of the same person does not join by itself; where the
 * browser refuses storage, the memory lasts as long as the page.
 */
import { nextGeneration } from './negotiation.ts';
import type { CallMember, PublicationInfo } from './protocol.gen.ts';

export type Media = CallMember['media'][number];

export interface Remembered {
  readonly conv: string;
  readonly call: string;
  /** What its owner had on: muted sound is absent, a camera that is paused is not. */
  readonly media: readonly Media[];
  /** What was received. Ids stay the same, so the next page can ask for it in its first offer. */
  readonly publications: readonly PublicationInfo[];
}

export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const CALL = 'tiski.call';
const GENERATION = 'tiski.call.generation';

export class CallMemory {
  readonly #storage: TabStorage | null;
  #call: Remembered | null;
  #generation: number;

  constructor(storage: TabStorage | null) {
    this.#storage = storage;
    this.#call = parseCall(storage?.getItem(CALL) ?? null);
    this.#generation = Number(storage?.getItem(GENERATION) ?? 0) || 0;
  }

  get call(): Remembered | null {
    return this.#call;
  }

  remember(call: Remembered): void {
    this.#call = call;
    this.#write(CALL, JSON.stringify(call));
  }

  /** Takes note of a change in the call that is remembered. */
  update(change: Partial<Pick<Remembered, 'media' | 'publications'>>): void {
    if (this.#call) this.remember({ ...this.#call, ...change });
  }

  forget(): void {
    this.#call = null;
    this.#storage?.removeItem(CALL);
  }

  /** The number of the next offer. `now` in milliseconds. */
  generation(now: number): number {
    this.#generation = nextGeneration(this.#generation, now);
    this.#write(GENERATION, String(this.#generation));
    return this.#generation;
  }

  #write(key: string, value: string): void {
    try {
      this.#storage?.setItem(key, value);
    } catch {
      // A full or forbidden storage: the call goes on, and is asked about anew on the next page.
    }
  }
}

function parseCall(text: string | null): Remembered | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { conv, call, media, publications } = value as Partial<Remembered>;
    if (typeof conv !== 'string' || typeof call !== 'string' || !Array.isArray(media)) return null;
    return {
      conv,
      call,
      media: media.filter((item) => ['audio', 'video', 'screen'].includes(item)),
      publications: Array.isArray(publications) ? publications : [],
    };
  } catch {
    return null;
  }
}
