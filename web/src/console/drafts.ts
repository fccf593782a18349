/**
 * Unsent words, one draft for each conversation and kind of line, so that changing conversations
 * never loses or mixes them. Kept in the tab's session storage: they survive a reload, and not the
 * end of the working day on a shared machine.
 */

export type DraftKind = 'reply' | 'note' | 'consult';

export interface DraftStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const PREFIX = 'tiski.draft.';
const CONFIDENTIAL = 'tiski.confidential.';

export class Drafts {
  private readonly memory = new Map<string, string>();
  private readonly store: DraftStore | null;

  constructor(store: DraftStore | null) {
    this.store = store;
  }

  get(conv: string, kind: DraftKind): string {
    return this.read(`${PREFIX}${kind}.${conv}`);
  }

  set(conv: string, kind: DraftKind, text: string): void {
    this.write(`${PREFIX}${kind}.${conv}`, text);
  }

  /** Whether the reply is meant for the verified customer alone; as lasting as its words. */
  isConfidential(conv: string): boolean {
    return this.read(`${CONFIDENTIAL}${conv}`) !== '';
  }

  setConfidential(conv: string, on: boolean): void {
    this.write(`${CONFIDENTIAL}${conv}`, on ? 'on' : '');
  }

  /** Whether a conversation has unsent words to its customer, for the list. */
  has(conv: string): boolean {
    return this.get(conv, 'reply').trim() !== '';
  }

  private read(key: string): string {
    const known = this.memory.get(key);
    if (known !== undefined) return known;
    try {
      return this.store?.getItem(key) ?? '';
    } catch {
      return ''; // storage is refused: the draft lives as long as the page
    }
  }

  private write(key: string, text: string): void {
    this.memory.set(key, text);
    try {
      if (text === '') this.store?.removeItem(key);
      else this.store?.setItem(key, text);
    } catch {
      // full or refused storage: memory still has it
    }
  }
}
