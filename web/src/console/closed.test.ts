import { describe, expect, it } from 'vitest';
import { Api } from '@/client/api';
import type { Clock } from '@/client/clock';
import { ClosedList } from './closed';

class Timers implements Clock {
  due: (() => void)[] = [];
  now(): number {
    return 0;
  }
  after(_ms: number, fn: () => void): () => void {
    this.due.push(fn);
    return () => {
      this.due = this.due.filter((other) => other !== fn);
    };
  }
  random(): number {
    return 0;
  }
}

/** A server whose answers come when the test says so. */
function slowServer() {
  const asked: { url: string; answer: (status: number, body: unknown) => void }[] = [];
  const api = new Api({
    fetch: ((url: string) =>
      new Promise<Response>((resolve) => {
        const answer = (status: number, body: unknown) =>
          resolve(new Response(JSON.stringify(body), { status }));
        asked.push({ url, answer });
      })) as typeof fetch,
  });
  const until = async (n: number) => {
    while (asked.length < n) await Promise.resolve();
    const last = asked[n - 1];
    if (!last) throw new Error('not asked');
    return last;
  };
  return { api, until };
}

const row = (id: string) => ({
  id,
  seq: 1,
  state: 'closed',
  visitor: { id: 'v' },
  lang: 'en',
  opened_at: 1,
});

describe('closed conversations', () => {
  it('shows the answer to the newest question when an older answer comes late', async () => {
    const { api, until } = slowServer();
    const timers = new Timers();
    const list = new ClosedList(api, timers);
    list.search('ten');
    timers.due.pop()?.();
    const first = await until(1);
    list.search('tent');
    timers.due.pop()?.();
    const second = await until(2);
    expect(second.url).toContain('q=tent');
    second.answer(200, { items: [row('tent')], next: null });
    first.answer(200, { items: [row('ten')], next: null });
    await new Promise((done) => setTimeout(done));
    expect(list.items.value.map((r) => r.id)).toEqual(['tent']);
    expect(list.phase.value).toBe('ready');
  });

  it('asks once when typing pauses, not once for each letter', () => {
    const timers = new Timers();
    const list = new ClosedList(slowServer().api, timers);
    list.search('t');
    list.search('te');
    list.search('ten');
    expect(timers.due).toHaveLength(1);
  });

  it('adds older pages after the newer ones, and says when it failed', async () => {
    const { api, until } = slowServer();
    const list = new ClosedList(api, new Timers());
    const loaded = list.load();
    (await until(1)).answer(200, { items: [row('b')], next: 'cursor' });
    await loaded;
    const older = list.loadMore();
    const second = await until(2);
    expect(second.url).toContain('before=cursor');
    second.answer(200, { items: [row('a')], next: null });
    await older;
    expect(list.items.value.map((r) => r.id)).toEqual(['b', 'a']);
    expect(list.more).toBe(false);
    const again = list.load();
    (await until(3)).answer(500, {});
    await again;
    expect(list.phase.value).toBe('failed');
  });
});
