import { expect, test } from 'vitest';
import { encodingsOf, fitToCamera } from './encodings.ts';

const camera = () => encodingsOf('camera');
const active = (encodings: readonly RTCRtpEncodingParameters[]) =>
  encodings.filter((one) => one.active).map((one) => one.rid);

test('a camera is sent in three sizes, the smallest first and alone in temporal layers', () => {
  expect(camera().map((one) => one.rid)).toEqual(['q', 'h', 'f']);
  expect(camera().map((one) => one.scaleResolutionDownBy)).toEqual([4, 2, 1]);
  expect(camera().map((one) => one.scalabilityMode)).toEqual(['L1T3', 'L1T1', 'L1T1']);
});

test('everything else is sent in one size, at a rate of its own', () => {
  expect(encodingsOf('screen')).toEqual([{ maxBitrate: 2_500_000 }]);
  expect(encodingsOf('audio')).toEqual([{ maxBitrate: 48_000 }]);
});

test('a small camera is sent whole and half, and a large one in three sizes again', () => {
  const encodings = camera();
  expect(fitToCamera(encodings, { width: 640, height: 360 })).toBe(true);
  expect(active(encodings)).toEqual(['q', 'h']);
  expect(encodings.map((one) => one.scaleResolutionDownBy)).toEqual([2, 1, 1]);
  expect(fitToCamera(encodings, { width: 640, height: 360 })).toBe(false);
  expect(fitToCamera(encodings, { width: 1280, height: 720 })).toBe(true);
  expect(encodings).toEqual(camera());
});

test('a tiny camera is sent in one size', () => {
  const encodings = camera();
  fitToCamera(encodings, { width: 320, height: 180 });
  expect(active(encodings)).toEqual(['q']);
  expect(encodings[0]?.scaleResolutionDownBy).toBe(1);
});

test('a phone held upright has as many pixels as lying down', () => {
  const encodings = camera();
  expect(fitToCamera(encodings, { width: 720, height: 1280 })).toBe(false);
  expect(fitToCamera(encodings, { width: 360, height: 640 })).toBe(true);
});

test('a browser that took one encoding, or a camera that tells nothing, is left alone', () => {
  const one = [{ active: true, maxBitrate: 5 }];
  expect(fitToCamera(one, { width: 640, height: 360 })).toBe(false);
  expect(fitToCamera(camera(), {})).toBe(false);
});
