/** Reads the binary frames of co-browsing (signaling/cobrowse/frames.py). */
import { FLAG_GZIP, HEADER, VERSION } from '@/cobrowse/wire.gen.ts';

export const MAX_INFLATED = 32 * 1024 * 1024; // bytes of one payload, as the relay allows

export interface Frame {
  snapshot: boolean;
  epoch: number;
  seq: number;
  gzip: boolean;
  payload: Uint8Array<ArrayBuffer>;
}

/** Returns the frame, or null when it is none of ours. */
export function readFrame(data: ArrayBuffer): Frame | null {
  if (data.byteLength < HEADER) {
    return null;
  }
  const view = new DataView(data);
  const kind = view.getUint8(1);
  if (view.getUint8(0) !== VERSION || (kind !== 1 && kind !== 2)) {
    return null;
  }
  return {
    snapshot: kind === 1,
    epoch: view.getUint32(4),
    seq: view.getUint32(8),
    gzip: (view.getUint8(2) & FLAG_GZIP) !== 0,
    payload: new Uint8Array(data, HEADER),
  };
}

/** Returns the events of a frame, or null when they cannot be read. */
export async function unpack(frame: Frame): Promise<readonly unknown[] | null> {
  try {
    const text = frame.gzip
      ? await inflate(frame.payload)
      : new TextDecoder().decode(frame.payload);
    const events: unknown = JSON.parse(text);
    return Array.isArray(events) ? events : null;
  } catch {
    return null; // not gzip, not JSON, too large, or too deep
  }
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > MAX_INFLATED) {
      throw new RangeError('too large');
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
