import { expect, test } from 'vitest';
import { Health } from './health.ts';
import type { Figures } from './protocol.gen.ts';

class Room {
  time = 0;
  packets = 0;
  paused = { count: 0, ms: 0 };
  readonly told: { leg: string; figures: Figures }[] = [];
  #due: { at: number; fn: () => void }[] = [];
  readonly health = new Health({
    clock: {
      now: () => this.time,
      after: (ms, fn) => {
        const timer = { at: this.time + ms, fn };
        this.#due.push(timer);
        return () => {
          this.#due = this.#due.filter((one) => one !== timer);
        };
      },
      random: () => 0,
    },
    stats: async () => {
      const stat = { id: 'a', type: 'inbound-rtp', kind: 'audio', packetsReceived: ++this.packets };
      return new Map([['a', stat]]) as unknown as RTCStatsReport;
    },
    tell: (leg, figures) => this.told.push({ leg, figures }),
    fallback: () => this.paused,
  });

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.time = next.at;
      this.#due = this.#due.filter((one) => one !== next);
      next.fn();
      await Promise.resolve()
        .then(() => {})
        .then(() => {})
        .then(() => {});
    }
    this.time = end;
  }

  get seconds(): number[] {
    return this.told.map(({ figures }) => figures.seconds);
  }
}

test('a call is told of at the first look, then every ten seconds, and at its end', async () => {
  const room = new Room();
  room.health.wish();
  await room.pass(300);
  room.health.up(true);
  await room.pass(27_000);
  expect(room.seconds).toEqual([2, 12, 22]);
  expect(room.told[0]?.figures.setup).toBe(300);
  room.health.end();
  expect(room.seconds).toEqual([2, 12, 22, 26]);
  await room.pass(60_000);
  expect(room.seconds).toHaveLength(4);
});

test('a call of no time is not told of', async () => {
  const room = new Room();
  room.health.up(true);
  await room.pass(1_000);
  room.health.end();
  expect(room.told).toEqual([]);
});

test('a connection that is built anew is another leg, and one that comes back is not', async () => {
  const room = new Room();
  room.health.wish();
  room.health.up(true);
  await room.pass(5_000);
  room.health.up(false);
  room.paused = { count: 1, ms: 3_000 };
  await room.pass(5_000);
  room.health.up(true);
  await room.pass(5_000);
  room.health.end();
  const legs = room.told.map(({ leg }) => leg);
  expect(new Set(legs).size).toBe(2);
  expect(room.seconds).toEqual([2, 10, 2, 4]);
  expect(room.told.at(-1)?.figures.setup).toBeNull();
  const fallbacks = room.told.map(({ figures }) => [figures.fallbacks, figures.paused]);
  expect(fallbacks).toEqual([
    [0, 0],
    [1, 3],
    [0, 0],
    [0, 0],
  ]);
});
