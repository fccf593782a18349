/**
 * What the wire tells about a call besides its state: who speaks, how good each connection is, how
 * it ended, and what the others ask us to turn on. `call.ts` drives it.
 */
import { signal } from '@preact/signals-core';
import type { Media } from './callmemory.ts';
import type { Observed } from './detour.ts';
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
  /** What can be received, by call: the list may come before we know that the call is ours. */
  readonly #publications = signal<{ call: string; list: readonly PublicationInfo[] } | null>(null);
  readonly asked = signal<Asked | null>(null);
  readonly ended = signal<Ended | null>(null);
  /** How each person left, by id; of the call that is on. */
  readonly left = new Map<string, NonNullable<CallLeft['reason']>>();

  /** What can be received in a call; null when nothing was told yet. */
  publications(call: string | null): readonly PublicationInfo[] | null {
    const told = this.#publications.value;
    return told?.call === call ? told.list : null;
  }

  /** Takes in what came with an answer: it can be received, whether it was told of or not. */
  fill(call: string, filled: readonly PublicationInfo[]): void {
    const known = this.publications(call) ?? [];
    const fresh = filled.filter(({ id }) => known.every((one) => one.id !== id));
    if (fresh.length > 0) this.#publications.value = { call, list: [...known, ...fresh] };
  }

  /** Takes a frame in. `call`: the one that we are in; `me`: our id; `now`: server time, ms. */
  take(frame: ServerFrame, call: string | null, me: string | null, now: number): void {
    switch (frame.t) {
      case 'rtc.publications':
        this.#publications.value = { call: frame.call, list: frame.publications };
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

  /** Takes what this side sees of two whose media go directly. */
  observe(me: string, other: string, { mine, theirs, score }: Observed): void {
    this.#speak({ [me]: mine, [other]: theirs });
    const known = this.quality.peek();
    if (known[me] === score && known[other] === score) return;
    this.quality.value = { ...known, [me]: score, [other]: score };
  }

  /** Forgets what was told of a call that is over for us. */
  clear(): void {
    this.speaking.value = new Set();
    this.quality.value = {};
    this.#publications.value = null;
    this.asked.value = null;
    this.left.clear();
  }

  #speak(levels: Record<string, number>): void {
    const loud = Object.keys(levels).filter((id) => (levels[id] ?? 127) < SPEAKING);
    const before = this.speaking.peek();
    if (loud.length === before.size && loud.every((id) => before.has(id))) return;
    this.speaking.value = new Set(loud);
  }

  #event({ event, by, at }: Event, call: string | null, me: string | null, now: number): void {
    // The state may have told of the end a moment ago, without its reason.
    if (!('call' in event) || (event.call !== call && event.call !== this.ended.value?.call))
      return;
    switch (event.kind) {
      case 'call_ended':
        // Who hung up knows it.
        this.ended.value =
          by.id === me
            ? null
            : { call: event.call, reason: event.reason, seconds: event.seconds ?? 0, by };
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
