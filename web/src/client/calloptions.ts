/** What a client of a call is given by its host (`attendance.ts` and `call.ts` take it). */
import type { ReadonlySignal } from '@preact/signals-core';
import type { CallMemory, Media } from './callmemory.ts';
import type { Capture } from './capture.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { RtcParts } from './link.ts';
import type { ConversationState } from './protocol.gen.ts';

export interface Intent {
  readonly action: 'start' | 'join';
  readonly media: readonly Media[];
  readonly private?: boolean;
}

/** What the call doctor asks of the server. */
export interface Checkup {
  readonly ice: () => Promise<RTCConfiguration>;
  readonly post: (
    offers: Record<string, { sdp: string; mid: string }>,
  ) => Promise<{ check: string; seconds: number; answers: Readonly<Record<string, string>> }>;
}

/** Tells the other tabs of this browser that this one has taken the call over. */
export interface TabChannel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface CallOptions {
  connection: Pick<
    Connection,
    'state' | 'you' | 'now' | 'send' | 'offer' | 'ephemeral' | 'frame' | 'setActive'
  >;
  thread: {
    /** The conversation, where it is known before its state; null: the only one there is. */
    readonly conv: ReadonlySignal<string | null>;
    readonly state: ReadonlySignal<ConversationState | null>;
  };
  capture: Capture;
  rtc: RtcParts;
  memory: CallMemory;
  clock: Clock;
  /** ICE servers for this session; kept as long as they are valid by whoever gives them. */
  ice: () => Promise<RTCConfiguration>;
  tabs?: TabChannel;
  /** The way to a check before a call, where the host has one. */
  checkup?: Checkup;
}
