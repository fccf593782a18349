/**
 * This browser's camera, microphone and screen, and why one of them is not to be had.
 *
 * Camera and microphone are asked for together, so that there is one prompt; when that fails, each
 * is tried alone, so that one missing device does not take the other away. Errors are told apart
 * as in the Media Capture specification (w3.org/TR/mediacapture-streams §10.3), by name.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Source } from './negotiation.ts';

export type DeviceKind = 'audio' | 'video';

/**
 * denied: the person or the browser's settings said no · dismissed: the prompt was closed ·
 * blocked: the page around us does not allow it · missing: there is none · busy: another
 * program has it · unplugged: it went away · unsupported: this browser cannot
 */
export type TroubleReason =
  | 'denied'
  | 'dismissed'
  | 'blocked'
  | 'missing'
  | 'busy'
  | 'unplugged'
  | 'unsupported';

export interface Trouble {
  readonly what: DeviceKind | 'screen';
  readonly reason: TroubleReason;
}

export interface DeviceChoice {
  audio?: string;
  video?: string;
  speaker?: string;
}

export interface CaptureParts {
  /** undefined where the page is not a secure context. */
  mediaDevices: MediaDevices | undefined;
  /** The state of a permission, where the browser tells. */
  permission(kind: DeviceKind): Promise<PermissionState | null>;
  choice: { load(): DeviceChoice; save(choice: DeviceChoice): void };
}

/** A person who shows a product turns the rear camera on it: then the picture must be sharp. */
export type Facing = 'user' | 'environment';

export interface CameraSize {
  readonly width: number;
  readonly height: number;
}

export const SMALL: CameraSize = { width: 640, height: 360 };
export const LARGE: CameraSize = { width: 1280, height: 720 };

export class Capture {
  readonly #parts: CaptureParts;
  readonly #size: CameraSize;
  readonly #tracks = signal<ReadonlyMap<Source, MediaStreamTrack>>(new Map());
  readonly #trouble = signal<Trouble | null>(null);
  readonly #choice = signal<DeviceChoice>({});
  #facing: Facing = 'user';
  /** Grows with each release, so that a device which comes late is let go again. */
  #era = 0;
  readonly #opening = new Map<DeviceKind, Promise<Trouble[]>>();

  constructor(parts: CaptureParts, size: CameraSize) {
    this.#parts = parts;
    this.#size = size;
    this.#choice.value = parts.choice.load();
  }

  /** Live tracks by source. */
  get tracks(): ReadonlySignal<ReadonlyMap<Source, MediaStreamTrack>> {
    return this.#tracks;
  }

  /** The newest thing that went wrong; null when it was dealt with. */
  get trouble(): ReadonlySignal<Trouble | null> {
    return this.#trouble;
  }

  get choice(): ReadonlySignal<DeviceChoice> {
    return this.#choice;
  }

  get facing(): Facing {
    return this.#facing;
  }

  dismissTrouble(): void {
    this.#trouble.value = null;
  }

  /** Opens what is asked and not open yet. Never rejects: returns what could not be opened. */
  async open(kinds: readonly DeviceKind[]): Promise<Trouble[]> {
    const wanted = kinds.filter((kind) => !this.#tracks.value.has(sourceOf(kind)));
    if (wanted.length === 0) return [];
    const era = this.#era;
    const fresh = wanted.filter((kind) => !this.#opening.has(kind));
    if (fresh.length > 0) {
      const opening = this.#acquire(fresh, era);
      for (const kind of fresh) this.#opening.set(kind, opening);
      void opening.then(() => {
        for (const kind of fresh) {
          if (this.#opening.get(kind) === opening) this.#opening.delete(kind);
        }
      });
    }
    // A question that is open already is not asked twice.
    const waits = new Set(wanted.map((kind) => this.#opening.get(kind)));
    const all = (await Promise.all(waits)).flatMap((troubles) => troubles ?? []);
    const troubles = all.filter(({ what }) => what !== 'screen' && wanted.includes(what));
    if (era === this.#era) this.#trouble.value = troubles[0] ?? this.#clearedOf(wanted);
    return troubles;
  }

  /** Asks for a screen; must be called from a click. Returns whether it is shared. */
  async openScreen(): Promise<boolean> {
    const era = this.#era;
    const devices = this.#parts.mediaDevices;
    if (!devices?.getDisplayMedia) {
      this.#trouble.value = { what: 'screen', reason: 'unsupported' };
      return false;
    }
    try {
      const stream = await devices.getDisplayMedia({
        video: { frameRate: { ideal: 15, max: 30 } },
        audio: true,
      });
      if (era !== this.#era) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      for (const track of stream.getTracks()) {
        this.#put(track.kind === 'video' ? 'screen' : 'screen-audio', track);
      }
      this.#trouble.value = null;
      return true;
    } catch (error) {
      this.#trouble.value = { what: 'screen', reason: reasonOf(error) };
      return false;
    }
  }

  /** Stops sources, all at once; the device's light goes out. */
  close(...sources: readonly Source[]): void {
    const next = new Map(this.#tracks.value);
    for (const source of sources) {
      const track = next.get(source);
      if (track) letGo(track);
      next.delete(source);
    }
    if (next.size < this.#tracks.value.size) this.#tracks.value = next;
  }

  closeScreen(): void {
    this.close('screen', 'screen-audio');
  }

  /** Lets everything go. */
  release(): void {
    this.#era += 1;
    this.#opening.clear();
    this.close(...this.#tracks.value.keys());
    this.#trouble.value = null;
  }

  /** Uses this device from now on, and remembers it. */
  async choose(kind: DeviceKind | 'speaker', deviceId: string): Promise<void> {
    this.#choice.value = { ...this.#choice.value, [kind]: deviceId };
    this.#parts.choice.save(this.#choice.value);
    if (kind !== 'speaker') await this.#reopen(kind);
  }

  /** Turns to the other camera of a phone. */
  async flip(): Promise<void> {
    this.#facing = this.#facing === 'user' ? 'environment' : 'user';
    const { video: _, ...rest } = this.#choice.value;
    this.#choice.value = rest;
    await this.#reopen('video');
  }

  /** Takes anew what ended or was muted by the system while the page was in the background. */
  async refresh(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) {
      const track = this.#tracks.value.get(sourceOf(kind));
      if (track && (track.readyState === 'ended' || track.muted)) await this.#reopen(kind);
    }
  }

  /** The devices there are; labels are empty before the first permission. */
  async list(): Promise<MediaDeviceInfo[]> {
    return (await this.#parts.mediaDevices?.enumerateDevices()) ?? [];
  }

  async #reopen(kind: DeviceKind): Promise<void> {
    const source = sourceOf(kind);
    const old = this.#tracks.value.get(source);
    if (!old) return;
    const enabled = old.enabled;
    // Phones have one camera pipeline: the old one must be free before the new one opens.
    if (kind === 'video') {
      letGo(old);
    }
    const [trouble] = await this.#acquire([kind], this.#era);
    const track = this.#tracks.value.get(source);
    if (track === old && kind === 'video') this.close(source);
    else if (track) track.enabled = enabled;
    this.#trouble.value = trouble ?? null;
  }

  async #acquire(kinds: readonly DeviceKind[], era: number): Promise<Trouble[]> {
    const devices = this.#parts.mediaDevices;
    if (!devices?.getUserMedia) {
      return kinds.map((what) => ({ what, reason: 'unsupported' }));
    }
    try {
      this.#take(await devices.getUserMedia(this.#constraints(kinds)), era);
      return [];
    } catch (error) {
      if (kinds.length > 1) {
        const alone = await this.#worthTrying(kinds, error);
        const rest = kinds.filter((kind) => !alone.includes(kind));
        const troubles: Trouble[] = rest.map((what) => ({ what, reason: reasonOf(error) }));
        for (const kind of alone) troubles.push(...(await this.#acquire([kind], era)));
        return troubles;
      }
      return kinds.map((what) => ({ what, reason: reasonOf(error) }));
    }
  }

  /** After both were refused together: which to try alone. A closed prompt is not shown again. */
  async #worthTrying(kinds: readonly DeviceKind[], error: unknown): Promise<readonly DeviceKind[]> {
    if (reasonOf(error) !== 'denied' && reasonOf(error) !== 'dismissed') return kinds;
    const states = await Promise.all(kinds.map((kind) => this.#parts.permission(kind)));
    return kinds.filter((_, i) => states[i] === 'granted');
  }

  #take(stream: MediaStream, era: number): void {
    for (const track of stream.getTracks()) {
      if (era === this.#era) this.#put(track.kind === 'audio' ? 'audio' : 'camera', track);
      else track.stop();
    }
  }

  #put(source: Source, track: MediaStreamTrack): void {
    const old = this.#tracks.value.get(source);
    if (old) letGo(old);
    // `ended` fires when a device is unplugged or a shared window closes, never for our own stop().
    track.onended = () => {
      if (source === 'screen') this.closeScreen();
      else this.close(source);
      if (source === 'audio') this.#trouble.value = { what: 'audio', reason: 'unplugged' };
      if (source === 'camera') this.#trouble.value = { what: 'video', reason: 'unplugged' };
    };
    this.#tracks.value = new Map(this.#tracks.value).set(source, track);
  }

  #constraints(kinds: readonly DeviceKind[]): MediaStreamConstraints {
    const { audio, video } = this.#choice.value;
    const size = this.#facing === 'environment' ? LARGE : this.#size;
    return {
      // `ideal`, so that a remembered device that is not here today is no error.
      audio: kinds.includes('audio') && {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(audio ? { deviceId: { ideal: audio } } : {}),
      },
      video: kinds.includes('video') && {
        width: { ideal: size.width },
        height: { ideal: size.height },
        frameRate: { ideal: 24, max: 30 },
        ...(video ? { deviceId: { ideal: video } } : { facingMode: this.#facing }),
      },
    };
  }

  /** The trouble that is left when `kinds` work now. */
  #clearedOf(kinds: readonly DeviceKind[]): Trouble | null {
    const trouble = this.#trouble.value;
    return trouble && trouble.what !== 'screen' && kinds.includes(trouble.what) ? null : trouble;
  }
}

/** Our own stop is no loss to tell of. */
function letGo(track: MediaStreamTrack): void {
  track.onended = null;
  track.stop();
}

function sourceOf(kind: DeviceKind): Source {
  return kind === 'audio' ? 'audio' : 'camera';
}

/** Tells why a request for a device failed, from the error's name and, for refusals, its words. */
export function reasonOf(error: unknown): TroubleReason {
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string };
  switch (name) {
    case 'NotAllowedError':
      if (/permissions? policy|feature policy/i.test(message)) return 'blocked';
      return /dismiss/i.test(message) ? 'dismissed' : 'denied';
    case 'SecurityError':
      return 'blocked';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unsupported';
  }
}
