import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/client/api';
import { EVERY, FloorFeed } from './feed';
import type { Floor } from './wire';

const floor = (now: number): Floor => ({ now, departments: [], waiting: [], agents: [] });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the floor is asked for every two seconds, for as long as somebody looks', async () => {
  let asked = 0;
  const feed = new FloorFeed({ ask: async () => floor(++asked), now: Date.now });
  feed.watch(true);
  await vi.advanceTimersByTimeAsync(EVERY * 3 + 10);
  expect(asked).toBe(4);
  feed.watch(false);
  await vi.advanceTimersByTimeAsync(EVERY * 5);
  expect(asked).toBe(4);
  feed.watch(true);
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, feed.floor.value?.now]).toEqual([5, 5]);
});

test('what was told last stays when asking fails, with its age and the reason', async () => {
  let fails = false;
  const ask = async () => {
    if (fails) throw new ApiError(0, 'network', 'unreachable');
    return floor(1);
  };
  const feed = new FloorFeed({ ask, now: Date.now });
  feed.watch(true);
  await vi.advanceTimersByTimeAsync(0);
  const at = feed.at.value;
  fails = true;
  await vi.advanceTimersByTimeAsync(EVERY * 4);
  expect([feed.floor.value?.now, feed.at.value, feed.failure.value]).toEqual([1, at, 'network']);
  fails = false;
  await feed.retry();
  expect(feed.failure.value).toBeNull();
});

test('a server in trouble is asked less and less often', async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new ApiError(503, 'unavailable', 'later');
  };
  const feed = new FloorFeed({ ask, now: Date.now });
  feed.watch(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBeLessThan(8);
  expect(asked).toBeGreaterThan(3);
  feed.dispose();
});

test('an answer that never comes counts as none, and asking goes on', async () => {
  let asked = 0;
  const feed = new FloorFeed({
    ask: () => {
      asked += 1;
      return new Promise<Floor>(() => {});
    },
    now: Date.now,
  });
  feed.watch(true);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(feed.failure.value).toBe('network');
  expect(asked).toBe(2);
  feed.dispose();
});

test('an answer that comes after a newer one was asked for is dropped', async () => {
  const answers: ((value: Floor) => void)[] = [];
  const ask = () => new Promise<Floor>((resolve) => answers.push(resolve));
  const feed = new FloorFeed({ ask, now: Date.now });
  void feed.retry();
  void feed.retry();
  answers[1]?.(floor(2));
  await vi.advanceTimersByTimeAsync(0);
  answers[0]?.(floor(1));
  await vi.advanceTimersByTimeAsync(0);
  expect(feed.floor.value?.now).toBe(2);
});
