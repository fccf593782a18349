/**
 * In what sizes and at what rates each source is sent. Pure; `peer.ts` applies it.
 *
 * The camera goes to the media server in several sizes at once (simulcast), so that the server can
 * give everybody what their way carries, at once, without asking our encoder for anything. A small
 * camera is sent in two sizes. Only the smallest has temporal layers (W3C webrtc-svc), whose frames
 * may be left out: a decoder does not wait for such a frame when a packet of it was lost.
 * A screen is sent in one size: its text must be readable, and its frames are few.
 */
import type { Source } from './negotiation.ts';

interface Size {
  readonly rid: string;
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}

/**
 * The smallest first. Chromium sends the first two of them only for a picture of less than 960×540,
 * and the first one for less than 480×270: so a smaller camera uses the first ones for more.
 */
const LARGE: readonly Size[] = [
  { rid: 'q', active: true, scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', active: true, scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', active: true, scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
const SMALL: readonly Size[] = [
  { rid: 'q', active: true, scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  { rid: 'h', active: true, scaleResolutionDownBy: 1, maxBitrate: 800_000 },
  { rid: 'f', active: false, scaleResolutionDownBy: 1, maxBitrate: 800_000 },
];
const TINY: readonly Size[] = [
  { rid: 'q', active: true, scaleResolutionDownBy: 1, maxBitrate: 300_000 },
  { rid: 'h', active: false, scaleResolutionDownBy: 1, maxBitrate: 300_000 },
  { rid: 'f', active: false, scaleResolutionDownBy: 1, maxBitrate: 300_000 },
];

/** Bits per second at most, so that one picture cannot take the whole uplink. */
const MAX_BITRATE: Readonly<Partial<Record<Source, number>>> = {
  audio: 48_000,
  screen: 2_500_000,
  'screen-audio': 96_000,
};

type Encoding = RTCRtpEncodingParameters & { scalabilityMode?: string };

/** Returns what a source's m-line is opened with. */
export function encodingsOf(source: Source): Encoding[] {
  if (source === 'camera') {
    return LARGE.map((size) => ({ ...size, scalabilityMode: size.rid === 'q' ? 'L1T3' : 'L1T1' }));
  }
  const maxBitrate = MAX_BITRATE[source];
  return maxBitrate === undefined ? [] : [{ maxBitrate }];
}

/**
 * Fits a camera's encodings to the camera that was opened.
 * Returns whether anything changed; encodings that are not ours are left alone.
 */
export function fitToCamera(
  encodings: readonly RTCRtpEncodingParameters[],
  camera: MediaTrackSettings,
): boolean {
  const { width, height } = camera;
  if (width === undefined || height === undefined) return false;
  const sizes = sizesOf(width * height);
  let changed = false;
  for (const encoding of encodings) {
    const size = sizes.find(({ rid }) => rid === encoding.rid);
    if (!size || isOf(encoding, size)) continue;
    Object.assign(encoding, size);
    changed = true;
  }
  return changed;
}

function sizesOf(pixels: number): readonly Size[] {
  if (pixels >= 960 * 540) return LARGE;
  return pixels >= 480 * 270 ? SMALL : TINY;
}

function isOf(encoding: RTCRtpEncodingParameters, size: Size): boolean {
  return (
    encoding.active === size.active &&
    encoding.maxBitrate === size.maxBitrate &&
    encoding.scaleResolutionDownBy === size.scaleResolutionDownBy
  );
}
