import { expect, test } from 'vitest';
import { Link } from './link.ts';
import type { Answer } from './protocol.gen.ts';
import { FakeClock, settle } from './testing/server.ts';

/** A peer connection whose answers are in place when the test says so. */
class SlowPeer {
  connectionState = 'connected';
  localDescription = { sdp: 'v=0' };
  placed: () => void = () => {};
  addEventListener(): void {}
  close(): void {}
  addTransceiver(): unknown {
    const sender = { replaceTrack: async () => {}, track: null };
    return { sender, receiver: {}, mid: '0', currentDirection: 'sendonly' };
  }
  async setLocalDescription(): Promise<void> {}
  async createOffer(): Promise<void> {}
  setRemoteDescription(): Promise<void> {
    return new Promise((placed) => {
      this.placed = placed;
    });
  }
}

test('the server is told of each answer once it is in place, not before', async () => {
  const peer = new SlowPeer();
  const said: unknown[] = [];
  let generation = 6;
  const link = new Link({
    rtc: {
      createPeer: () => peer as unknown as RTCPeerConnection,
      audioCodecs: () => [],
      videoCodecs: () => [],
      createStream: () => ({}) as MediaStream,
    },
    clock: new FakeClock(),
    generation: () => ++generation,
    offer: async (offer) =>
      ({ ...offer, t: 'rtc.answer', id: 'x', filled: {} }) as unknown as Answer,
    say: (frame) => said.push(frame),
    refused: (error) => {
      throw error;
    },
  });
  link.open();
  link.admit();
  link.send(new Map([['audio', null]]));
  await settle();
  expect(said).toEqual([]);
  peer.placed();
  await settle();
  expect(said).toEqual([{ t: 'rtc.taken', generation: 7 }]);
  link.receive([{ id: 'p', participant: 'a', source: 'audio' }]);
  await settle();
  expect(said).toHaveLength(1);
  peer.placed();
  await settle();
  expect(said).toEqual([
    { t: 'rtc.taken', generation: 7 },
    { t: 'rtc.taken', generation: 8 },
  ]);
  link.close();
});
