/**
 * Puts a call client into a browser's page: its devices, storage and WebRTC. The one place of the
 * call that names globals; `client/` is given all of it.
 */
import type { Api } from '@/client/api.ts';
import { CallClient, type CallOptions } from '@/client/call.ts';
import { CallMemory, type TabStorage } from '@/client/callmemory.ts';
import type { TabChannel } from '@/client/calloptions.ts';
import {
  Capture,
  type CaptureParts,
  type DeviceChoice,
  type DeviceKind,
  LARGE,
  SMALL,
} from '@/client/capture.ts';
import { systemClock } from '@/client/clock.ts';
import type { Lang } from '@/i18n/index.ts';
import { type CallWords, en } from './strings.en.ts';
import { fi } from './strings.fi.ts';
import { sv } from './strings.sv.ts';

/** The answer of GET /api/v1/ice. */
export interface IceAnswer {
  readonly ice_servers: RTCIceServer[];
  readonly policy: RTCIceTransportPolicy;
}

export interface CallPartOptions {
  connection: CallOptions['connection'];
  thread: CallOptions['thread'];
  /** Asks GET /api/v1/ice. */
  ice: () => Promise<IceAnswer>;
  /** Posts to the API, for the call doctor; without it none is offered. */
  api?: Pick<Api, 'post'>;
  /** Devices that were opened before the call, in a lobby; made anew otherwise. */
  capture?: Capture;
  /** Staff and experts show a face on a large screen; a shopper's phone pays for its pixels. */
  role: 'visitor' | 'staff' | 'expert';
  /** Where the call is remembered for the tab's next page; by default the tab's own storage. */
  storage?: TabStorage;
}

const CHOICE = 'tiski.devices';
const ICE_LIFE = 5 * 60_000; // ms; relay credentials are good for longer

const WORDS: Record<Lang, CallWords> = { en, fi, sv };

export function callWords(lang: Lang): CallWords {
  return WORDS[lang];
}

/** Builds the call client of a conversation; `dispose` it when the conversation is left. */
export function createCall(options: CallPartOptions): CallClient {
  const { api, connection, thread, role, capture = createCapture(role) } = options;
  const channel = tabChannel();
  const ice = iceOf(options.ice);
  return new CallClient({
    connection,
    thread,
    capture,
    clock: systemClock,
    memory: new CallMemory(options.storage ?? storage(() => window.sessionStorage)),
    ice,
    rtc: {
      createPeer: (config) => new RTCPeerConnection(config),
      audioCodecs: () => RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [],
      videoCodecs: () => RTCRtpReceiver.getCapabilities('video')?.codecs ?? [],
      createStream: () => new MediaStream(),
    },
    ...(channel ? { tabs: channel } : {}),
    ...(api ? { checkup: { ice, post: (offers) => api.post('/doctor/checks', { offers }) } } : {}),
  });
}

/** What GET /api/v1/ice answers, as a peer connection takes it; asked for again when it is old. */
export function iceOf(ask: () => Promise<IceAnswer>): () => Promise<RTCConfiguration> {
  return cached(async () => {
    const { ice_servers, policy } = await ask();
    return { iceServers: ice_servers, iceTransportPolicy: policy };
  });
}

/** Builds the devices alone, for a lobby. */
export function createCapture(role: CallPartOptions['role']): Capture {
  return new Capture(browserCapture(), role === 'visitor' ? SMALL : LARGE);
}

function browserCapture(): CaptureParts {
  const local = storage(() => window.localStorage);
  return {
    mediaDevices: navigator.mediaDevices,
    permission: queryPermission,
    choice: {
      load() {
        try {
          return JSON.parse(local?.getItem(CHOICE) ?? '{}') as DeviceChoice;
        } catch {
          return {};
        }
      },
      save(choice) {
        try {
          local?.setItem(CHOICE, JSON.stringify(choice));
        } catch {
          // Full or forbidden: the choice holds for this page.
        }
      },
    },
  };
}

async function queryPermission(kind: DeviceKind): Promise<PermissionState | null> {
  const name = (kind === 'audio' ? 'microphone' : 'camera') as PermissionName;
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return null; // not every browser tells
  }
}

/** Storage throws on access where third-party cookies are blocked outright. */
function storage(get: () => TabStorage): TabStorage | null {
  try {
    return get();
  } catch {
    return null;
  }
}

function tabChannel(): TabChannel | null {
  return typeof BroadcastChannel === 'function' ? new BroadcastChannel('tiski.call') : null;
}

function cached<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; until: number } | null = null;
  return () => {
    if (last && Date.now() < last.until) return last.answer;
    const answer = ask();
    last = { answer, until: Date.now() + ICE_LIFE };
    answer.catch(() => {
      last = null;
    });
    return answer;
  };
}
