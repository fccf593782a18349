import { signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import { Attendance } from './attendance.ts';
import { CallMemory } from './callmemory.ts';
import { Capture, SMALL } from './capture.ts';
import type { CallState, ConversationState, Person } from './protocol.gen.ts';

const AGENT: Person = { id: 'a', role: 'agent', name: 'Agent One' };
const VISITOR: Person = { id: 'v', role: 'visitor' };
const MEMBER = { person: VISITOR, media: ['audio' as const], joined_at: 2 };
const CALL: CallState = {
  ...{ id: 'k', by: AGENT, media: ['audio'], state: 'active' },
  members: [{ person: AGENT, media: ['audio'], joined_at: 1 }, MEMBER],
};

/** A peer connection that never connects. */
class NoPeer {
  connectionState = 'new';
  addEventListener(): void {}
  setConfiguration(): void {}
  close(): void {}
  addTransceiver(): unknown {
    const sender = { replaceTrack: async () => {}, getParameters: () => ({ encodings: [] }) };
    return { sender, receiver: {}, mid: null };
  }
  setLocalDescription(): Promise<void> {
    return new Promise(() => {});
  }
}

/** Opens a page in a tab with `items` as its storage, and devices that all work. */
function page(items: Map<string, string>) {
  const capture = new Capture(
    {
      mediaDevices: {
        getUserMedia: async (wanted: MediaStreamConstraints = {}) => {
          const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind]);
          const tracks = kinds.map((kind) => ({
            ...{ kind, readyState: 'live', stop: () => {}, getSettings: () => ({}) },
          }));
          return { getTracks: () => tracks };
        },
      } as unknown as MediaDevices,
      permission: async () => null,
      choice: { load: () => ({}), save: () => {} },
    },
    SMALL,
  );
  const state: ConversationState = {
    ...{ id: 'c', state: 'active', visitor: { id: 'v' }, lang: 'en', opened_at: 1, call: CALL },
  };
  const attendance = new Attendance({
    connection: {
      state: signal('online' as const),
      you: signal(VISITOR),
      now: () => 0,
      send: async () => ({ t: 'ack', id: 'x', call: 'k' }),
      offer: () => new Promise(() => {}),
      ephemeral: () => {},
      frame: () => () => {},
      setActive: () => {},
    },
    thread: { conv: signal('c'), state: signal(state) },
    capture,
    rtc: {
      createPeer: () => new NoPeer() as unknown as RTCPeerConnection,
      audioCodecs: () => [],
      videoCodecs: () => [],
      createStream: () => ({}) as MediaStream,
    },
    memory: new CallMemory({
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    }),
    clock: { now: () => 0, after: () => () => {}, random: () => 0 },
    ice: async () => ({}),
  });
  return { attendance, capture };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A page in a call with a camera that a weak connection has paused; returns its tab's storage. */
async function paused() {
  const items = new Map<string, string>();
  const before = page(items);
  await before.attendance.join(['audio', 'video']);
  before.attendance.outgoing.camera.value = 'paused';
  await settled();
  return { items, ...before };
}

test('a camera that was paused comes back on the next page', async () => {
  const { items, attendance } = await paused();
  attendance.dispose();
  const { attendance: next } = page(items);
  await settled();
  expect(next.outgoing.media.value).toEqual(['audio', 'video']);
});

test('a camera that its owner turned off during a pause stays off on the next page', async () => {
  const { items, attendance, capture } = await paused();
  capture.close('camera');
  attendance.care.insist();
  await settled();
  attendance.dispose();
  const { attendance: next, capture: devices } = page(items);
  await settled();
  expect(next.outgoing.media.value).toEqual(['audio']);
  expect([...devices.tracks.value.keys()]).toEqual(['audio']);
});
