import { expect, test } from 'vitest';
import { ApiError } from './api.ts';
import { Refused } from './frames.ts';
import type { Event, ServerFrame } from './protocol.gen.ts';
import { AGENT, FakeServer, settle } from './testing/server.ts';

const STATE = {
  id: 'c1',
  state: 'waiting',
  visitor: { id: 'v1' },
  lang: 'en',
  opened_at: 1,
} as const;

function snapshot(seq: number, epoch = 'e1'): ServerFrame {
  return { t: 'snapshot', conv: 'c1', epoch, seq, state: STATE, events: [] };
}

function event(seq: number, prev = seq - 1, epoch = 'e1'): Event {
  const body = { kind: 'message', id: `m${seq}`, text: 'hi' } as const;
  return { t: 'event', conv: 'c1', epoch, seq, prev, at: seq, by: AGENT, event: body };
}

function seen(server: FakeServer): string[] {
  const frames: string[] = [];
  server.connection.frame((frame) => {
    if (frame.t === 'event') frames.push(`event ${frame.seq}`);
    if (frame.t === 'snapshot') frames.push(`snapshot ${frame.seq}`);
    if (frame.t === 'gone') frames.push(`gone ${frame.code}`);
  });
  return frames;
}

test('hello carries the token and the cursors of open streams', async () => {
  const server = new FakeServer();
  server.connection.open('c1');
  const socket = await server.welcome();
  expect(socket.got[0]).toEqual({
    t: 'hello',
    v: 1,
    token: 'token',
    cursors: { c1: null },
    active: false,
  });
  expect(server.connection.state.value).toBe('online');
  expect(server.connection.you.value?.id).toBe('v1');
  expect(server.connection.now()).toBe(server.clock.now() + 5_000);
});

test('a lost connection resumes from the cursor', async () => {
  const server = new FakeServer();
  server.connection.open('c1');
  const first = await server.welcome();
  first.tell(snapshot(3));
  first.tell(event(4));
  first.onclose?.({ code: 1006 });
  expect(server.connection.state.value).toBe('offline');
  await server.clock.pass(5_000);
  const second = await server.welcome();
  expect(second.all('hello')[0]?.cursors).toEqual({ c1: ['e1', 4] });
});

test('repeated events are dropped and hidden ones are no gap', async () => {
  const server = new FakeServer();
  const frames = seen(server);
  server.connection.open('c1');
  const socket = await server.welcome();
  socket.tell(snapshot(3));
  socket.tell(event(3));
  socket.tell(event(6, 3));
  expect(frames).toEqual(['snapshot 3', 'event 6']);
  expect(socket.all('subscribe')).toEqual([]);
});

test('a gap is asked for once, and what comes before the answer is dropped', async () => {
  const server = new FakeServer();
  const frames = seen(server);
  server.connection.open('c1');
  const socket = await server.welcome();
  socket.tell(snapshot(3));
  socket.tell(event(5));
  socket.tell(event(6));
  expect(socket.all('unsubscribe')).toMatchObject([{ stream: 'c1' }]);
  expect(socket.all('subscribe')).toMatchObject([{ stream: 'c1', cursor: ['e1', 3] }]);
  for (const seq of [4, 5, 6]) socket.tell(event(seq));
  expect(frames).toEqual(['snapshot 3', 'event 4', 'event 5', 'event 6']);
});

test('a heartbeat whose head is ahead uncovers a silent loss', async () => {
  const server = new FakeServer();
  server.connection.open('c1');
  const socket = await server.welcome();
  socket.tell(snapshot(3));
  socket.tell({ t: 'heartbeat', heads: { c1: 3 }, now: 1, every: 25 });
  expect(socket.all('subscribe')).toEqual([]);
  socket.tell({ t: 'heartbeat', heads: { c1: 4 }, now: 1, every: 25 });
  expect(socket.all('subscribe')).toHaveLength(1);
  expect(socket.all('beat')).toHaveLength(2);
});

test('an event of a new epoch starts the stream anew', async () => {
  const server = new FakeServer();
  server.connection.open('c1');
  const socket = await server.welcome();
  socket.tell(snapshot(3));
  socket.tell(event(1, 0, 'e2'));
  expect(socket.all('subscribe')).toMatchObject([{ cursor: null }]);
});

test('a stream that is refused is gone', async () => {
  const server = new FakeServer();
  const frames = seen(server);
  const socket = await open(server);
  server.connection.open('c1');
  const id = socket.all('subscribe')[0]?.id ?? '';
  socket.tell({ t: 'nack', id, code: 'not_found', message: 'no' });
  expect(frames).toEqual(['gone not_found']);
});

test('an unanswered command is sent again with its id and resolves once', async () => {
  const server = new FakeServer();
  const first = await open(server);
  const done = server.connection.send({ t: 'message.send', conv: 'c1', text: 'hello' });
  const { id } = first.all('message.send')[0] ?? { id: '' };
  first.onclose?.({ code: 1006 });
  await server.clock.pass(5_000);
  const second = await server.welcome();
  expect(second.all('message.send')[0]?.id).toBe(id);
  second.tell({ t: 'ack', id, seq: 7 });
  second.tell({ t: 'ack', id, seq: 7 });
  expect((await done).seq).toBe(7);
});

test('a refusal rejects with the code', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  const done = server.connection.send({ t: 'conversation.accept', conv: 'c1' });
  const id = socket.all('conversation.accept')[0]?.id ?? '';
  socket.tell({ t: 'nack', id, code: 'already_assigned', message: 'Agent Two has it' });
  await expect(done).rejects.toMatchObject({
    code: 'already_assigned',
    message: 'Agent Two has it',
  });
});

test('a refusal for the moment is tried again when the server says', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  const done = server.connection.send({ t: 'message.send', conv: 'c1', text: 'x' });
  const id = socket.all('message.send')[0]?.id ?? '';
  socket.tell({
    t: 'nack',
    id,
    code: 'rate_limited',
    message: '',
    temporary: true,
    retry_after: 2,
  });
  await server.clock.pass(1_999);
  expect(socket.all('message.send')).toHaveLength(1);
  await server.clock.pass(1);
  expect(socket.all('message.send')).toHaveLength(2);
  socket.tell({ t: 'ack', id, seq: 1 });
  expect((await done).seq).toBe(1);
});

test('an offer is not repeated on another connection', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  const answer = server.connection.offer({
    t: 'rtc.offer',
    conv: 'c1',
    call: 'k',
    generation: 1,
    sdp: '',
  });
  const rejected = expect(answer).rejects.toMatchObject({ code: 'disconnected' });
  socket.onclose?.({ code: 1006 });
  await rejected;
});

test('silence for two heartbeats ends the connection', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  await server.clock.pass(25_000 * 2);
  expect(server.connection.state.value).toBe('online');
  await server.clock.pass(25_000 * 0.3);
  expect(server.connection.state.value).toBe('offline');
  expect(socket.closed).toBeUndefined();
});

test('an expired token is replaced and the connection comes back at once', async () => {
  const server = new FakeServer();
  const asked: boolean[] = [];
  server.token = async (fresh) => {
    asked.push(fresh);
    return 'token';
  };
  const socket = await open(server);
  socket.onclose?.({ code: 4001 });
  await server.clock.pass(0);
  await server.welcome();
  expect(asked).toEqual([false, true]);
});

test.each([4003, 4004, 4009, 4010])('close code %i is terminal', async (code) => {
  const server = new FakeServer();
  const socket = await open(server);
  socket.onclose?.({ code });
  await server.clock.pass(60_000);
  expect(server.connection.state.value).toBe('refused');
  expect(server.connection.refusal.value).toBe(code);
  expect(server.sockets).toHaveLength(1);
});

test('a draining server says when to come again', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  socket.tell({ t: 'bye', code: 4012, reason: 'draining', retry_after: 12 });
  socket.onclose?.({ code: 4012 });
  await server.clock.pass(11_999);
  expect(server.sockets).toHaveLength(1);
  await server.clock.pass(1);
  expect(server.sockets).toHaveLength(2);
});

test('no session ends it, no network does not', async () => {
  const server = new FakeServer();
  server.token = async () => Promise.reject(new ApiError(0, 'network', ''));
  server.connection.start();
  await settle();
  expect(server.connection.state.value).toBe('offline');
  server.token = async () => Promise.reject(new ApiError(401, 'unauthorized', ''));
  server.connection.wake();
  await settle();
  expect(server.connection.state.value).toBe('refused');
});

test('waits grow with each failed attempt and a call comes back sooner', async () => {
  const server = new FakeServer();
  const socket = await open(server);
  server.connection.setActive(true);
  expect(socket.all('beat')).toEqual([{ t: 'beat', active: true }]);
  socket.onclose?.({ code: 1006 });
  await server.clock.pass(1_500);
  expect(server.sockets).toHaveLength(2);
});

test('a connection that dies early in a call is noticed by the call’s heartbeat', async () => {
  const server = new FakeServer();
  await open(server);
  server.connection.setActive(true);
  await server.clock.pass(12_000);
  expect(server.connection.state.value).not.toBe('online');
});

test('stop rejects what was not answered', async () => {
  const server = new FakeServer();
  await open(server);
  const done = server.connection.send({ t: 'conversation.accept', conv: 'c1' });
  server.connection.stop();
  await expect(done).rejects.toBeInstanceOf(Refused);
  expect(server.connection.state.value).toBe('idle');
});

async function open(server: FakeServer) {
  server.connection.start();
  return server.welcome();
}
