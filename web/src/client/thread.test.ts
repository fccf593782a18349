import { expect, test } from 'vitest';
import { Api } from './api.ts';
import type { Pending } from './entries.ts';
import type { Event, EventBody, Person, ServerFrame } from './protocol.gen.ts';
import { applySeen } from './reduce.ts';
import { AGENT, FakeServer, settle, VISITOR } from './testing/server.ts';
import { Thread } from './thread.ts';

function event(seq: number, by: Person, body: EventBody): Event {
  return { t: 'event', conv: 'c1', epoch: 'e', seq, prev: seq - 1, at: seq, by, event: body };
}

function snapshot(seq: number, reads: Record<string, number> = {}): ServerFrame {
  const visitor = { id: 'v1' };
  const state = { id: 'c1', state: 'waiting', visitor, lang: 'en', opened_at: 1, reads } as const;
  return { t: 'snapshot', conv: 'c1', epoch: 'e', seq, state, events: [], more: true };
}

async function visitor(options: { conv?: string | null; stored?: Pending[] } = {}) {
  const server = new FakeServer(VISITOR);
  const kept: Pending[][] = [];
  const thread = new Thread({
    connection: server.connection,
    api: new Api({
      fetch: async () =>
        Response.json({
          events: [{ seq: 1, at: 1, by: AGENT, event: { kind: 'note', text: '' } }],
          more: false,
        }),
    }),
    side: 'visitor',
    fold: applySeen,
    conv: options.conv === undefined ? 'c1' : options.conv,
    opening: () => ({ lang: 'fi' }),
    clock: server.clock,
    store: { load: () => options.stored ?? [], save: (pending) => kept.push(pending) },
  });
  server.connection.start();
  const socket = await server.welcome();
  return { server, thread, socket, kept };
}

const statuses = (thread: Thread) => thread.entries.value.map(({ status }) => status);

test('a message goes from sending to sent to seen and keeps its key', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1));
  const sent = thread.send('hello');
  await settle();
  expect(statuses(thread)).toEqual(['sending']);
  const key = thread.entries.value[0]?.key ?? '';
  expect(socket.all('message.send')[0]?.id).toBe(key);
  socket.tell({ t: 'ack', id: key, seq: 2 });
  await sent;
  expect(statuses(thread)).toEqual(['sent']);
  socket.tell(event(2, VISITOR, { kind: 'message', id: key, text: 'hello' }));
  expect(thread.entries.value).toMatchObject([{ key, seq: 2, status: 'sent', mine: true }]);
  socket.tell(event(3, AGENT, { kind: 'read', side: 'staff', upto: 2 }));
  expect(statuses(thread)).toEqual(['seen']);
});

test('an event that overtakes its acknowledgement is not shown twice', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1));
  void thread.send('hello');
  await settle();
  const id = socket.all('message.send')[0]?.id ?? '';
  socket.tell(event(2, VISITOR, { kind: 'message', id, text: 'hello' }));
  socket.tell({ t: 'ack', id, seq: 2 });
  await settle();
  expect(thread.entries.value).toHaveLength(1);
});

test('confidential words say so on their way and from the first moment on', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1));
  void thread.send('secret', [], { confidential: true });
  await settle();
  expect(socket.all('message.send')).toMatchObject([{ text: 'secret', confidential: true }]);
  expect(thread.entries.value[0]?.event).toMatchObject({ text: 'secret', confidential: true });
});

test('the first message begins the conversation and the second follows it there', async () => {
  const { thread, socket } = await visitor({ conv: null });
  void thread.send('one');
  void thread.send('two');
  await settle();
  expect(socket.all('message.send')).toEqual([]);
  const [start] = socket.all('conversation.start');
  expect(start).toMatchObject({ text: 'one', lang: 'fi' });
  socket.tell({ t: 'ack', id: start?.id ?? '', seq: 2, conv: 'c9' });
  await settle();
  expect(thread.conv.value).toBe('c9');
  expect(socket.all('subscribe')).toMatchObject([{ stream: 'c9' }]);
  expect(socket.all('message.send')).toMatchObject([{ conv: 'c9', text: 'two' }]);
});

test('a refused message fails alone and is retried under its own id', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1));
  const first = thread.send('bad');
  void thread.send('good');
  await settle();
  const id = socket.all('message.send')[0]?.id ?? '';
  socket.tell({ t: 'nack', id, code: 'bad_text', message: '' });
  await expect(first).rejects.toMatchObject({ code: 'bad_text' });
  await settle();
  expect(thread.entries.value.map((entry) => [entry.status, entry.failure])).toEqual([
    ['failed', 'bad_text'],
    ['sending', null],
  ]);
  const second = socket.all('message.send')[1]?.id ?? '';
  socket.tell({ t: 'ack', id: second, seq: 2 });
  thread.retry(id);
  await settle();
  expect(socket.all('message.send').map((frame) => frame.id)).toEqual([id, second, id]);
});

test('what a page left unacknowledged goes again with the same id on the next', async () => {
  const stored: Pending = {
    id: 'OLD',
    at: 1,
    text: 'still here',
    files: [],
    consult: false,
    confidential: false,
    status: 'sending',
    failure: null,
  };
  const { thread, socket, kept } = await visitor({ stored: [stored] });
  expect(socket.all('message.send')).toMatchObject([{ id: 'OLD', text: 'still here' }]);
  socket.tell(snapshot(1));
  socket.tell(event(2, VISITOR, { kind: 'message', id: 'OLD', text: 'still here' }));
  expect(thread.entries.value).toHaveLength(1);
  expect(kept.at(-1)).toEqual([]);
});

test('unread counts what people of the other side wrote after the last read', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1, { visitor: 1 }));
  const system: Person = { id: 'system', role: 'system' };
  socket.tell(event(2, system, { kind: 'message', id: 'a', auto: 'finding_someone' }));
  socket.tell(event(3, AGENT, { kind: 'message', id: 'b', text: 'hi' }));
  expect(thread.unread.value).toBe(1);
  thread.read(3);
  thread.read(3);
  thread.read(2);
  await settle();
  expect(socket.all('read')).toMatchObject([{ upto: 3 }]);
  socket.tell(event(4, VISITOR, { kind: 'read', side: 'visitor', upto: 3 }));
  expect(thread.unread.value).toBe(0);
});

test('typing ends with the message, or by itself after six seconds', async () => {
  const { thread, socket, server } = await visitor();
  socket.tell(snapshot(1));
  socket.tell({ t: 'typing', conv: 'c1', on: true, by: AGENT });
  expect(thread.typing.value).toEqual([AGENT]);
  socket.tell(event(2, AGENT, { kind: 'message', id: 'm', text: 'hi' }));
  expect(thread.typing.value).toEqual([]);
  socket.tell({ t: 'typing', conv: 'c1', on: true, by: AGENT });
  await server.clock.pass(6_000);
  expect(thread.typing.value).toEqual([]);
});

test('our own typing is told at most every three seconds and taken back', async () => {
  const { thread, socket, server } = await visitor();
  for (const text of ['h', 'he', 'hel']) thread.typed(text);
  expect(socket.all('typing')).toHaveLength(1);
  await server.clock.pass(3_000);
  thread.typed('hell');
  expect(socket.all('typing')).toHaveLength(2);
  await server.clock.pass(5_000);
  expect(socket.all('typing').map((frame) => frame.on)).toEqual([true, true, false]);
});

test('older events go before the newer ones', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(4));
  socket.tell(event(5, AGENT, { kind: 'message', id: 'b', text: 'hi' }));
  await thread.loadOlder();
  expect(thread.entries.value.map(({ seq }) => seq)).toEqual([1, 5]);
  expect(thread.more.value).toBe(false);
});

test('an entry that did not change is the same object', async () => {
  const { thread, socket } = await visitor();
  socket.tell(snapshot(1));
  socket.tell(event(2, AGENT, { kind: 'message', id: 'b', text: 'hi' }));
  const [before] = thread.entries.value;
  socket.tell(event(3, AGENT, { kind: 'message', id: 'c', text: 'there' }));
  expect(thread.entries.value[0]).toBe(before);
});
