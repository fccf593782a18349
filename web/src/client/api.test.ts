import { expect, test } from 'vitest';
import { Api, Tokens } from './api.ts';
import { reconnectDelay } from './backoff.ts';
import { ulid } from './ulid.ts';

test('an error carries the server’s code and when to come again', async () => {
  const api = new Api({
    fetch: async () =>
      Response.json(
        { error: { code: 'too_many_attempts', message: 'wait' } },
        { status: 429, headers: { 'retry-after': '30' } },
      ),
  });
  await expect(api.post('/agent/login')).rejects.toMatchObject({
    status: 429,
    code: 'too_many_attempts',
    retryAfter: 30,
    final: false,
  });
});

test('a page of a proxy and an unreachable server are errors with a code too', async () => {
  const proxy = new Api({ fetch: async () => new Response('<h1>Bad gateway', { status: 502 }) });
  await expect(proxy.get('/x')).rejects.toMatchObject({ status: 502, code: 'http' });
  const cut = new Api({ fetch: async () => Promise.reject(new TypeError('fetch failed')) });
  await expect(cut.get('/x')).rejects.toMatchObject({ status: 0, code: 'network' });
});

test('the bearer token goes with a request and 204 is null', async () => {
  let header: string | null = null;
  const api = new Api({
    token: async () => 'secret',
    fetch: async (_input, init) => {
      header = new Headers(init?.headers).get('authorization');
      return new Response(null, { status: 204 });
    },
  });
  expect(await api.get('/x')).toBeNull();
  expect(header).toBe('Bearer secret');
});

test('a token is fetched once, kept, and replaced shortly before its end', async () => {
  let now = 0;
  let fetched = 0;
  const tokens = new Tokens(
    async () => {
      fetched += 1;
      return { token: `t${fetched}`, expires_in: 600 };
    },
    () => now,
  );
  expect(await Promise.all([tokens.get(), tokens.get()])).toEqual(['t1', 't1']);
  now = 569_000;
  expect(await tokens.get()).toBe('t1');
  now = 571_000;
  expect(await tokens.get()).toBe('t2');
  expect(await tokens.get(true)).toBe('t3');
});

test('reconnections are spread, grow to half a minute, and are quick in a call', () => {
  expect([reconnectDelay(0, 0, false), reconnectDelay(0, 1, false)]).toEqual([0.5, 5]);
  expect(reconnectDelay(50, 1, false)).toBe(30);
  expect(reconnectDelay(50, 1, true)).toBe(1.5);
});

test('ids sort by time and do not repeat', () => {
  expect(ulid(0)).toMatch(/^0{10}[0-9A-HJKMNP-TV-Z]{16}$/);
  expect(ulid(1) < ulid(2)).toBe(true);
  expect(new Set(Array.from({ length: 500 }, () => ulid(7))).size).toBe(500);
});
