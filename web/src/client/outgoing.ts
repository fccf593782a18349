/**
 * What this side sends in a call: joins the open devices and the mute switch, keeps the
 * connection's m-lines equal to it, and tells the others, one command at a time. `call.ts` drives it.
 *
 * An m-line is opened ahead of its device, so that negotiation does not wait for the camera to warm
 * up; and it stays when the camera goes off, so that it comes on again without negotiation.
 */
import { computed, effect, signal } from '@preact/signals-core';
import type { Media } from './callmemory.ts';
import type { Capture } from './capture.ts';
import type { FallbackState } from './fallback.ts';
import { SOURCES, type Source } from './negotiation.ts';
import type { Sending } from './peer.ts';

export interface OutgoingHooks {
  send(sending: Sending): void;
  /** Tells the others; resolves when it was said, and never rejects. */
  report(media: Media[]): Promise<void>;
  /** What the next page goes on with. */
  remember(wanted: Media[]): void;
}

const SOURCE_OF: Readonly<Record<Media, Source>> = {
  audio: 'audio',
  video: 'camera',
  screen: 'screen',
};

export class Outgoing {
  /** Off is muted: the device stays open, and sends silence. */
  readonly mic = signal(true);
  /** What becomes of the camera's picture: `trying` sends it without telling the others. */
  readonly camera = signal<FallbackState>('sending');
  /** What is on by its owner's wish: a camera that is paused is still wanted. */
  readonly wanted = computed<Media[]>(() => {
    const tracks = this.#capture.tracks.value;
    return (['audio', 'video', 'screen'] as const).filter(
      (media) => tracks.has(SOURCE_OF[media]) && (media !== 'audio' || this.mic.value),
    );
  });
  readonly media = computed<Media[]>(() => {
    const sending = this.camera.value === 'sending';
    return this.wanted.value.filter((media) => media !== 'video' || sending);
  });

  readonly #capture: Capture;
  readonly #hooks: OutgoingHooks;
  readonly #lines = signal<ReadonlySet<Source>>(new Set());
  readonly #stop: (() => void)[];
  #told: string | null = null; // what the server was last told; null: nobody listens
  #telling = false;

  constructor(capture: Capture, hooks: OutgoingHooks) {
    this.#capture = capture;
    this.#hooks = hooks;
    this.#stop = [
      effect(() => this.#arrange()),
      effect(() => void this.#tell(this.media.value)),
      effect(() => this.#remember(this.wanted.value)),
    ];
  }

  /** Opens m-lines for what is about to be sent. */
  expect(media: readonly Media[]): void {
    this.#lines.value = new Set(
      media.filter((item) => item !== 'screen').map((item) => SOURCE_OF[item]),
    );
  }

  /** From now on the others are told; they know `media` already. */
  begin(media: readonly Media[]): void {
    this.#told = media.join();
    this.#remember(this.wanted.peek());
    void this.#tell(this.media.peek());
  }

  /** Takes back the m-lines of devices that did not come. */
  settle(): void {
    const tracks = this.#capture.tracks.peek();
    const lines = [...this.#lines.peek()].filter((source) => tracks.has(source));
    if (lines.length < this.#lines.peek().size) this.#lines.value = new Set(lines);
  }

  end(): void {
    this.#told = null;
    this.#lines.value = new Set();
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
  }

  #arrange(): void {
    const tracks = this.#capture.tracks.value;
    const microphone = tracks.get('audio');
    if (microphone) microphone.enabled = this.mic.value;
    const lines = new Set(this.#lines.value);
    for (const source of ['audio', 'camera'] as const) if (tracks.has(source)) lines.add(source);
    if (lines.size > this.#lines.peek().size) this.#lines.value = lines;
    const sent = SOURCES.filter((source) => lines.has(source) || tracks.has(source));
    const paused = this.camera.value === 'paused';
    const track = (source: Source) =>
      source === 'camera' && paused ? null : (tracks.get(source) ?? null);
    this.#hooks.send(new Map(sent.map((source) => [source, track(source)])));
  }

  #remember(wanted: Media[]): void {
    if (this.#told !== null) this.#hooks.remember(wanted);
  }

  async #tell(media: Media[]): Promise<void> {
    if (this.#telling || this.#told === null) return;
    this.#telling = true;
    let next = media;
    while (this.#told !== null && this.#told !== next.join()) {
      this.#told = next.join();
      await this.#hooks.report(next);
      next = this.media.peek();
    }
    this.#telling = false;
  }
}
