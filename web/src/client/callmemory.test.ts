import { expect, test } from 'vitest';
import { CallMemory, type Remembered, type TabStorage } from './callmemory.ts';

class Storage implements TabStorage {
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

const CALL: Remembered = {
  conv: 'c',
  call: 'k',
  media: ['audio', 'video'],
  publications: [{ id: 'p', participant: 'a', source: 'audio' }],
};

test('the next page knows the call, what was on and what was received', () => {
  const storage = new Storage();
  new CallMemory(storage).remember(CALL);
  expect(new CallMemory(storage).call).toEqual(CALL);
});

test('a call that was left is not remembered', () => {
  const storage = new Storage();
  const memory = new CallMemory(storage);
  memory.remember(CALL);
  memory.forget();
  memory.update({ media: ['audio'] });
  expect(memory.call).toBeNull();
  expect(new CallMemory(storage).call).toBeNull();
});

test('generations grow over pages even when the clock stands still', () => {
  const storage = new Storage();
  const first = new CallMemory(storage).generation(1_000);
  expect(new CallMemory(storage).generation(1_000)).toBeGreaterThan(first);
});

test.each(['', '{', '7', 'null', '{"conv":1}', '{"conv":"c","call":"k"}'])(
  'what is stored but makes no sense is no call: %s',
  (text) => {
    const storage = new Storage();
    storage.setItem('tiski.call', text);
    expect(new CallMemory(storage).call).toBeNull();
  },
);

test('without storage the memory lasts as long as the page', () => {
  const memory = new CallMemory(null);
  memory.remember(CALL);
  expect(memory.call).toEqual(CALL);
  expect(memory.generation(5_000)).toBe(5);
});

test('a full storage does not stop the call', () => {
  const storage = new Storage();
  storage.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const memory = new CallMemory(storage);
  memory.remember(CALL);
  expect(memory.call).toEqual(CALL);
});
