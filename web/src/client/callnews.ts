/**
 * What the wire tells about a call besides its state: who speaks, how good each connection is, how
 * it ended, and what the others ask us to turn on. `call.ts` drives it.
 */
import { signal } from '@preact/signals-core';
import type { Media } from './callmemory.ts';
import type {
  CallEnded,
  CallLeft,
  Event,
  Person,
  PublicationInfo,
  ServerFrame,
} from './protocol.gen.ts';

export interface Ended {
  readonly call: string;
  readonly reason: CallEnded['reason'] | 'unknown';
  readonly seconds: number;
  readonly by: Person | null;
}

/** Somebody asks us to turn `media` on. */
export interface Asked {
  readonly by: Person;
  readonly media: Media;
}

const SPEAKING = 50; // -dBov; quieter is breath and fans
const FRESH = 30_000; // ms; an older request to turn something on is not shown any more

export class CallNews {
  readonly speaking = signal<ReadonlySet<string>>(new Set());
  /** Person id -> 1 (unusable) .. 5 (excellent). */
  readonly quality = signal<Readonly<Record<string, number>>>({});
  readonly publications = signal<readonly PublicationInfo[]>([]);
  readonly asked = signal<Asked | null>(null);
  readonly ended = signal<Ended | null>(null);
  /** How each person left, by id; of the call that is on. */
  readonly left = new Map<string, NonNullable<CallLeft['reason']>>();

  /** Takes a frame in. `call`: the one that concerns us; `me`: our id; `now`: server time, ms. */
  take(frame: ServerFrame, call: string | null, me: string | null, now: number): void {
    switch (frame.t) {
      case 'rtc.publications':
        if (frame.call === call) this.publications.value = frame.publications;
        break;
      case 'rtc.speaking':
        if (frame.call === call) this.#speak(frame.levels);
        break;
      case 'rtc.quality':
        if (frame.call === call) this.quality.value = { ...this.quality.value, ...frame.scores };
        break;
      case 'event':
        this.#event(frame, call, me, now);
        break;
      default: // the rest is of other parts
        break;
    }
  }

  /** Forgets what was told of a call that is over for us. */
  clear(): void {
    this.speaking.value = new Set();
    this.quality.value = {};
    this.publications.value = [];
    this.asked.value = null;
    this.left.clear();
  }

  #speak(levels: Record<string, number>): void {
    const loud = Object.keys(levels).filter((id) => (levels[id] ?? 127) < SPEAKING);
    this.speaking.value = new Set(loud);
  }

  #event({ event, by, at }: Event, call: string | null, me: string | null, now: number): void {
    if (!('call' in event) || event.call !== call) return;
    switch (event.kind) {
      case 'call_ended':
        this.ended.value = { call, reason: event.reason, seconds: event.seconds ?? 0, by };
        break;
      case 'call_left':
        this.left.set(by.id, event.reason ?? 'left');
        break;
      case 'call_asked':
        if (by.id !== me && now - at < FRESH) this.asked.value = { by, media: event.media };
        break;
      default: // the conversation's state tells the rest
        break;
    }
  }
}
