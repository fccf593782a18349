import { expect, test } from 'vitest';
import { DELTA, encodeFrame } from './frame.ts';

test('a frame has the layout of signaling/cobrowse/frames.py', () => {
  const head = { kind: DELTA, gzipped: true, epoch: 0x01020304, seq: 0xfffffffe } as const;
  expect([...new Uint8Array(encodeFrame(head, new Uint8Array([7, 8])))]).toEqual([
    1, 2, 1, 0, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8,
  ]);
});
