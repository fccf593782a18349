/** The visitor's session against a server that is the test. */
import { signal } from '@preact/signals';
import { beforeEach, expect, test, vi } from 'vitest';
import { FORGET } from '@/loader/bridge.ts';
import type { Host } from './host.ts';
import { Session } from './session.ts';

interface Asked {
  path: string;
  body: Record<string, unknown>;
}

const asked: Asked[] = [];
let answer: (body: Record<string, unknown>) => Response;

class FakeHost {
  readonly identify = signal<unknown>(undefined);
  resume: string | null = null;
  restarted = 0;

  get forgets(): boolean {
    return this.resume?.[0] === FORGET;
  }

  keepResume(secret: string | null): void {
    this.resume = secret;
  }

  restart(): void {
    this.restarted += 1;
  }
}

let host: FakeHost;
let session: Session;

beforeEach(() => {
  asked.length = 0;
  host = new FakeHost();
  session = new Session('shop', host as unknown as Host);
  answer = () => known('v1');
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body));
    asked.push({ path: url.replace('/api/v1/visitor/', ''), body });
    if (url.endsWith('/end')) return new Response(null, { status: 204 });
    return answer(body);
  });
});

function known(id: string): Response {
  const visitor = { id };
  return Response.json({ token: 't', expires_in: 600, resume: 'r', visitor, conversation: null });
}

const refused = () =>
  Response.json({ error: { code: 'bad_identify', message: 'over' } }, { status: 403 });

test('what the shop says goes along until the server has taken it', async () => {
  host.identify.value = 'jwt';
  answer = ({ create }) => (create ? known('v1') : new Response(null, { status: 204 }));
  await session.resume();
  await session.token();
  await session.token(true);
  expect(asked.map(({ body }) => body.identify)).toEqual(['jwt', 'jwt', null]);
});

test('what proves nothing is told to the developer, and the chat goes on', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  host.identify.value = 'old';
  answer = ({ identify }) => (identify ? refused() : known('v1'));
  expect(await session.resume()).not.toBeNull();
  await session.token(true);
  expect(told.mock.calls).toEqual([['Tiski:', 'over']]);
  expect(asked.map(({ body }) => body.identify)).toEqual(['old', null, null]);
});

test('another customer begins anew, and the first page of one does not', async () => {
  await session.resume();
  expect(host.restarted).toBe(0);
  host.identify.value = 'jwt of another';
  answer = () => new Response(null, { status: 204 });
  await session.resume();
  expect(host.restarted).toBe(1);
  expect(host.resume).toBeNull();
});

test('what is to be forgotten is ended before anything else is asked', async () => {
  host.resume = `${FORGET}r0`;
  answer = () => new Response(null, { status: 204 });
  await session.resume();
  expect(asked).toEqual([
    { path: 'session/end', body: { site: 'shop', resume: 'r0' } },
    { path: 'session', body: { site: 'shop', create: false, resume: null, identify: null } },
  ]);
  expect(host.resume).toBeNull();
});
