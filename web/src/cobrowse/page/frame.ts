/** Makes the binary frames of `/ws/cobrowse`; signaling/cobrowse/frames.py has the layout. Pure. */
import { FLAG_GZIP, HEADER, VERSION } from '@/cobrowse/wire.gen.ts';

export const SNAPSHOT = 1;
export const DELTA = 2;

export interface FrameHead {
  kind: typeof SNAPSHOT | typeof DELTA;
  gzipped: boolean;
  epoch: number;
  seq: number;
}

/** Return a whole frame. The time in it stays 0: the relay writes it. */
export function encodeFrame(head: FrameHead, payload: Uint8Array): ArrayBuffer {
  const frame = new Uint8Array(HEADER + payload.byteLength);
  const view = new DataView(frame.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, head.kind);
  view.setUint8(2, head.gzipped ? FLAG_GZIP : 0);
  view.setUint32(4, head.epoch);
  view.setUint32(8, head.seq);
  frame.set(payload, HEADER);
  return frame.buffer;
}
