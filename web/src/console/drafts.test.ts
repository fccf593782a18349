import { describe, expect, it } from 'vitest';
import { Drafts } from './drafts';

class Storage {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

describe('drafts', () => {
  it('keeps a reply, a note and a private message of one conversation apart', () => {
    const drafts = new Drafts(new Storage());
    drafts.set('a', 'reply', 'to the customer');
    drafts.set('a', 'note', 'between us');
    drafts.set('b', 'reply', 'another');
    expect(drafts.get('a', 'reply')).toBe('to the customer');
    expect(drafts.get('a', 'note')).toBe('between us');
    expect(drafts.get('a', 'consult')).toBe('');
    expect(drafts.get('b', 'reply')).toBe('another');
    expect(drafts.has('a')).toBe(true);
  });

  it('survives a reload and leaves nothing behind when sent', () => {
    const storage = new Storage();
    new Drafts(storage).set('a', 'reply', 'half a sent');
    expect(new Drafts(storage).get('a', 'reply')).toBe('half a sent');
    new Drafts(storage).set('a', 'reply', '');
    expect(storage.items.size).toBe(0);
    expect(new Drafts(storage).has('a')).toBe(false);
  });

  it('remembers over a reload that a reply is confidential, so that it never goes out plain', () => {
    const storage = new Storage();
    new Drafts(storage).setConfidential('a', true);
    expect(new Drafts(storage).isConfidential('a')).toBe(true);
    expect(new Drafts(storage).isConfidential('b')).toBe(false);
    new Drafts(storage).setConfidential('a', false);
    expect(storage.items.size).toBe(0);
  });

  it('lives in memory when storage is refused', () => {
    const refused = (): never => {
      throw new DOMException('refused', 'SecurityError');
    };
    const drafts = new Drafts({ getItem: refused, setItem: refused, removeItem: refused });
    expect(drafts.get('a', 'reply')).toBe('');
    drafts.set('a', 'reply', 'words');
    expect(drafts.get('a', 'reply')).toBe('words');
  });
});
