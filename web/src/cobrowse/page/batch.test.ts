import type { eventWithTime } from '@rrweb/types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Batches } from './batch.ts';
import { DELTA, SNAPSHOT } from './frame.ts';

const event = (words: string) =>
  ({ type: 5, data: words, timestamp: 1 }) as unknown as eventWithTime;

interface Sent {
  kind: number;
  gzipped: boolean;
  epoch: number;
  seq: number;
  events: { data: string }[];
}

let sent: ArrayBuffer[];
let large: number[];
let batches: Batches;

async function read(data: ArrayBuffer): Promise<Sent> {
  const view = new DataView(data);
  const gzipped = view.getUint8(2) === 1;
  const payload = new Blob([data.slice(20)]).stream();
  const plain = gzipped ? payload.pipeThrough(new DecompressionStream('gzip')) : payload;
  return {
    kind: view.getUint8(1),
    gzipped,
    epoch: view.getUint32(4),
    seq: view.getUint32(8),
    events: await new Response(plain).json(),
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sent = [];
  large = [];
  batches = new Batches({
    send: (data) => sent.push(data),
    tooLarge: (kind) => large.push(kind),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

async function until(holds: () => boolean): Promise<void> {
  vi.useRealTimers();
  await vi.waitFor(() => expect(holds()).toBe(true));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

test('a window of events is one frame, numbered on from its snapshot', async () => {
  batches.snapshot(7, [event('whole')]);
  batches.add(event('a'));
  batches.add(event('b'));
  vi.advanceTimersByTime(50);
  batches.add(event('c'));
  vi.advanceTimersByTime(50);
  await until(() => sent.length === 3);
  const frames = await Promise.all(sent.map(read));
  expect(frames.map(({ kind, epoch, seq }) => [kind, epoch, seq])).toEqual([
    [SNAPSHOT, 7, 0],
    [DELTA, 7, 1],
    [DELTA, 7, 2],
  ]);
  expect(frames[1]?.events.map(({ data }) => data)).toEqual(['a', 'b']);
});

test('a large frame is gzipped, and a small one behind it does not overtake it', async () => {
  batches.snapshot(1, [event('x'.repeat(200_000))]);
  batches.add(event('small'));
  vi.advanceTimersByTime(50);
  await until(() => sent.length === 2);
  const frames = await Promise.all(sent.map(read));
  expect(frames.map(({ gzipped, seq }) => [gzipped, seq])).toEqual([
    [true, 0],
    [false, 1],
  ]);
});

test('what waits of an old epoch is thrown away', async () => {
  batches.snapshot(1, [event('x'.repeat(200_000))]);
  batches.add(event('old'));
  batches.snapshot(2, [event('new')]);
  vi.advanceTimersByTime(50);
  await until(() => sent.length === 1);
  expect((await Promise.all(sent.map(read)))[0]?.epoch).toBe(2);
});

test('what was dropped is never sent', async () => {
  batches.snapshot(1, [event('x')]);
  batches.drop();
  batches.add(event('of no epoch'));
  vi.advanceTimersByTime(50);
  batches.snapshot(2, [event('y')]);
  await until(() => sent.length === 1);
  expect((await Promise.all(sent.map(read)))[0]?.events[0]?.data).toBe('y');
});

test('a frame that unpacks to more than the relay takes is not sent', async () => {
  batches.snapshot(1, [event('x'.repeat(33 * 1024 * 1024))]);
  await until(() => large.length === 1);
  expect(large).toEqual([SNAPSHOT]);
  expect(sent).toEqual([]);
});
