import { beforeEach, expect, test } from 'vitest';
import { Feed, type Sink } from './feed.ts';

class Recorded implements Sink {
  time = 0;
  builds = true;
  readonly log: string[] = [];
  readonly due: (() => void)[] = [];

  build(events: readonly unknown[]): boolean {
    this.log.push(`build ${events.join()}`);
    return this.builds;
  }

  apply(events: readonly unknown[]): void {
    this.log.push(`apply ${events.join()}`);
  }

  shown(epoch: number, seq: number): void {
    this.log.push(`shown ${epoch}.${seq}`);
  }

  resync(): void {
    this.log.push('resync');
  }

  now(): number {
    return this.time;
  }

  later(run: () => void): void {
    this.due.push(run);
  }
}

async function frame(kind: 1 | 2, epoch: number, seq: number, events: string, gzip = false) {
  const plain = new TextEncoder().encode(events);
  const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream('gzip'));
  const payload = gzip ? new Uint8Array(await new Response(stream).arrayBuffer()) : plain;
  const data = new Uint8Array(20 + payload.length);
  const view = new DataView(data.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint8(2, gzip ? 1 : 0);
  view.setUint32(4, epoch);
  view.setUint32(8, seq);
  data.set(payload, 20);
  return data.buffer;
}

let sink: Recorded;
let feed: Feed;

beforeEach(() => {
  sink = new Recorded();
  feed = new Feed(sink);
});

test('frames are shown in their order, though a packed one takes longer', async () => {
  const frames = [
    await frame(1, 1, 0, '[0]', true),
    await frame(2, 1, 1, '[1]', true),
    await frame(2, 1, 2, '[2]'),
  ];
  await Promise.all(frames.map((each) => feed.take(each)));
  expect(sink.log).toEqual(['build 0', 'shown 1.0', 'apply 1', 'apply 2']);
  sink.due[0]?.();
  expect(sink.log.at(-1)).toBe('shown 1.2'); // one for both
  expect(sink.due).toHaveLength(1);
});

test('a gap shows nothing more and asks once in two seconds', async () => {
  await feed.take(await frame(1, 1, 0, '[0]'));
  await feed.take(await frame(2, 1, 2, '[2]'));
  await feed.take(await frame(2, 1, 3, '[3]'));
  await feed.take(await frame(2, 2, 1, '[4]')); // its snapshot was lost
  expect(sink.log).toEqual(['build 0', 'shown 1.0', 'resync']);
  sink.time = 2_000;
  await feed.take(await frame(2, 2, 2, '[5]'));
  expect(sink.log.at(-1)).toBe('resync');
  await feed.take(await frame(1, 3, 0, '[6]'));
  await feed.take(await frame(2, 3, 1, '[7]'));
  expect(sink.log.slice(-3)).toEqual(['build 6', 'shown 3.0', 'apply 7']);
});

test('deltas of an old epoch, and those that came before, are nothing', async () => {
  await feed.take(await frame(1, 5, 0, '[0]'));
  await feed.take(await frame(2, 5, 1, '[1]'));
  await feed.take(await frame(2, 5, 1, '[1]'));
  await feed.take(await frame(2, 4, 9, '[9]'));
  await feed.take(await frame(1, 5, 0, '[0]'));
  expect(sink.log).toEqual(['build 0', 'shown 5.0', 'apply 1']);
});

test('deltas behind which a snapshot waits are not worth their work', async () => {
  await feed.take(await frame(1, 1, 0, '[0]'));
  const [delta, snapshot] = [await frame(2, 1, 1, '[1]'), await frame(1, 2, 0, '[2]')];
  await Promise.all([feed.take(delta), feed.take(snapshot)]);
  expect(sink.log).toEqual(['build 0', 'shown 1.0', 'build 2', 'shown 2.0']);
});

test.each(['{"a":1}', '[', ''])('what cannot be read is asked for anew: %s', async (events) => {
  await feed.take(await frame(1, 1, 0, events));
  expect(sink.log).toEqual(['resync']);
  await feed.take(await frame(1, 2, 0, '[0]'));
  await feed.take(await frame(2, 2, 1, events));
  await feed.take(await frame(2, 2, 2, '[2]'));
  expect(sink.log).toEqual(['resync', 'build 0', 'shown 2.0']);
});

test('a page that cannot be built is not acknowledged', async () => {
  sink.builds = false;
  await feed.take(await frame(1, 1, 0, '[0]'));
  expect(sink.log).toEqual(['build 0', 'resync']);
});

test('what is no frame of ours is passed over', async () => {
  await feed.take(new ArrayBuffer(3));
  await feed.take(new ArrayBuffer(40));
  expect(sink.log).toEqual([]);
});

test('a payload that unpacks to too much is not shown', async () => {
  await feed.take(await frame(1, 1, 0, `[${'0'.repeat(33 * 1024 * 1024)}]`, true));
  expect(sink.log).toEqual(['resync']);
});
