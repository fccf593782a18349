import { signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import type { Media } from './callmemory.ts';
import type { Capture } from './capture.ts';
import type { Source } from './negotiation.ts';
import { Outgoing } from './outgoing.ts';
import type { Sending } from './peer.ts';

/** What is sent and told, with devices that the test opens and closes. */
function setUp() {
  const tracks = signal<ReadonlyMap<Source, MediaStreamTrack>>(new Map());
  const told: Media[][] = [];
  const remembered: Media[][] = [];
  const waiting: (() => void)[] = [];
  let sending: Sending = new Map();
  const outgoing = new Outgoing({ tracks } as unknown as Capture, {
    send: (next) => {
      sending = next;
    },
    report: (media) => {
      told.push(media);
      return new Promise((resolve) => waiting.push(resolve));
    },
    remember: (wanted) => remembered.push(wanted),
  });
  return {
    outgoing,
    told,
    remembered,
    lines: () => [...sending].map(([source, track]) => (track ? source : `(${source})`)),
    open: (...sources: Source[]) => {
      tracks.value = new Map(
        sources.map((source) => [source, { enabled: true } as MediaStreamTrack]),
      );
    },
    track: (source: Source) => tracks.value.get(source),
    /** The command under way is acknowledged. */
    acknowledge: async () => {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

test('m-lines open ahead of the devices that are expected', () => {
  const { outgoing, lines, open } = setUp();
  outgoing.expect(['audio', 'video', 'screen']);
  expect(lines()).toEqual(['(audio)', '(camera)']);
  open('audio', 'camera');
  expect(lines()).toEqual(['audio', 'camera']);
});

test('the m-line of a device that did not come is taken back', () => {
  const { outgoing, lines, open } = setUp();
  outgoing.expect(['audio', 'video']);
  open('audio');
  outgoing.settle();
  expect(lines()).toEqual(['audio']);
});

test('a camera that goes off keeps its m-line, a screen gives it back', () => {
  const { lines, open } = setUp();
  open('audio', 'camera', 'screen');
  open('audio');
  expect(lines()).toEqual(['audio', '(camera)']);
});

test('muting keeps the track and silences it', () => {
  const { outgoing, lines, open, track } = setUp();
  open('audio');
  outgoing.mic.value = false;
  expect(lines()).toEqual(['audio']);
  expect(track('audio')?.enabled).toBe(false);
  open('audio', 'camera'); // a microphone that was exchanged stays muted
  expect(track('audio')?.enabled).toBe(false);
});

test('nobody is told before the call begins, and nothing that is known already', () => {
  const { outgoing, told, open } = setUp();
  open('audio');
  expect(told).toEqual([]);
  outgoing.begin(['audio']);
  expect(told).toEqual([]);
  outgoing.mic.value = false;
  expect(told).toEqual([[]]);
});

test('what changes while a command is under way is told once, the newest last', async () => {
  const { outgoing, told, open, acknowledge } = setUp();
  open('audio');
  outgoing.begin([]);
  open('audio', 'camera');
  outgoing.mic.value = false;
  open('camera', 'screen');
  expect(told).toEqual([['audio']]);
  await acknowledge();
  expect(told).toEqual([['audio'], ['video', 'screen']]);
  await acknowledge();
  expect(told).toHaveLength(2);
});

test('after the call nobody is told', async () => {
  const { outgoing, told, open } = setUp();
  outgoing.begin([]);
  outgoing.end();
  open('audio');
  expect(told).toEqual([]);
});

test('what is remembered is what its owner has on, whatever becomes of the picture', () => {
  const { outgoing, remembered, open } = setUp();
  open('audio', 'camera');
  expect(remembered).toEqual([]); // devices open one after another before the call begins
  outgoing.begin(['audio', 'video']);
  outgoing.camera.value = 'paused';
  expect(outgoing.media.value).toEqual(['audio']);
  expect(remembered.at(-1)).toEqual(['audio', 'video']);
  open('audio');
  expect(remembered.at(-1)).toEqual(['audio']);
  outgoing.camera.value = 'sending';
  outgoing.mic.value = false;
  expect(remembered.at(-1)).toEqual([]);
  outgoing.end();
  open('audio', 'camera');
  expect(remembered.at(-1)).toEqual([]);
});
