/** The call doctor, a chunk of its own: loaded when somebody wants their connection checked. */
import type { Capture } from '@/client/capture.ts';
import { systemClock } from '@/client/clock.ts';
import { Check } from './check.ts';
import type { CheckAnswers, CheckOffers } from './network.ts';
import { noisePicture } from './picture.ts';

export type { Check } from './check.ts';
export type { CheckAnswers, CheckOffers } from './network.ts';
export { DoctorPanel, type DoctorPanelProps } from './panel.tsx';
export type { Mode } from './verdict.ts';
export { doctorWords } from './words.ts';

export interface DoctorOptions {
  capture: Capture;
  ice: () => Promise<RTCConfiguration>;
  /** Posts to /api/v1/doctor/checks. */
  post: (offers: CheckOffers) => Promise<CheckAnswers>;
}

/** Puts a check into a browser's page. */
export function createCheck({ capture, ice, post }: DoctorOptions): Check {
  return new Check({
    capture,
    ice,
    post,
    picture: noisePicture,
    clock: systemClock,
    createPeer: (config) => new RTCPeerConnection(config),
    videoCodecs: () => RTCRtpReceiver.getCapabilities('video')?.codecs ?? [],
  });
}
