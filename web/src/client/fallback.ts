/**
 * When our own camera is too much for the connection, and when it is not any more. Pure: looks at
 * the connection go in, the state says what to send.
 *
 * ```
 *            too little for a picture, for 6 s
 *   sending ──────────────────────────────────► paused ◄──────────────┐
 *      ▲ ▲                                        │ after a wait       │ too little again, or 8 s
 *      │ └──────── insist ── paused, trying       ▼                    │ over: the wait doubles
 *      └───────── enough for a picture, 4 s ─── trying ────────────────┘
 * ```
 *
 * A browser that sends no picture cannot know whether one would get through: its estimate grows
 * only by what it sends. So after a wait the picture is sent without being announced (`trying`),
 * and announced when it got through. This is about our own way out: a receiver who can take little is
 * given a small picture by the media server, which tells senders no less than 150 kbit/s (REMB)
 * for sound and picture, and a browser's estimate is the least of both. So a picture counts as too
 * small below what that leaves. Sound is never touched, nor is a
 * shared screen: with one, the camera goes before the screen gets worse.
 */

/** One look at what we send. */
export interface Strain {
  /** Milliseconds. */
  readonly at: number;
  /** What the way out takes beside sound, bit/s; null where the browser does not tell. */
  readonly room: number | null;
  /** 0..1 of the packets since the last look, before repair. */
  readonly loss: number;
  readonly screen: boolean;
}

export type FallbackState = 'sending' | 'paused' | 'trying';

const LITTLE = 40_000; // bit/s; a picture of less is a slide show
const ENOUGH = 60_000; // bit/s; apart, so that it does not come and go
const SCREEN = 250_000; // bit/s that a screen needs to stay readable
const LOSSY = 0.25;
const CALM = 0.1;
const WEAK = 6_000; // ms of too little before the camera is paused
const STRONG = 4_000; // ms of enough before it is announced again
const TRY = 8_000; // ms that a try may take
const WAITS = [10_000, 20_000, 40_000, 60_000]; // ms before the first try, the second, …
const SETTLE = 4_000; // ms in which an estimate of a new connection says nothing
const INSISTED = 60_000; // ms in which what the person wants is done

export class Fallback {
  #state: FallbackState = 'sending';
  #since: number; // of the state
  #turning: number | null = null; // since when it looks like the other state
  #tries = 0;
  #quiet: number; // until when nothing is paused
  #count = 0;
  #paused = 0; // ms of pauses that are over
  #pausedAt = 0; // when the last pause began; tries are part of it

  constructor(now: number) {
    this.#since = now;
    this.#quiet = now + SETTLE;
  }

  get state(): FallbackState {
    return this.#state;
  }

  /** How often the camera was paused, and for how long in all. */
  counted(now: number): { count: number; ms: number } {
    const open = this.#state === 'sending' ? 0 : now - this.#pausedAt;
    return { count: this.#count, ms: this.#paused + open };
  }

  /** Takes a look in; returns the state that follows. `camera`: whether there is one to send. */
  look(strain: Strain, camera: boolean): FallbackState {
    if (!camera) {
      this.reset(strain.at);
      return this.#state;
    }
    switch (this.#state) {
      case 'sending':
        if (strain.at < this.#quiet) this.#turning = null;
        else if (this.#lasts(isWeak(strain), strain.at, WEAK)) this.#pause(strain.at);
        break;
      case 'paused':
        if (strain.at >= this.#since + this.#wait) this.#go('trying', strain.at);
        break;
      case 'trying':
        if (this.#lasts(isStrong(strain), strain.at, STRONG)) this.#resume(strain.at);
        else if (strain.at >= this.#since + TRY && this.#turning === null) {
          this.#tries += 1;
          this.#go('paused', strain.at);
        }
        break;
    }
    return this.#state;
  }

  /** The person wants the camera on, whatever comes of it. */
  insist(now: number): void {
    if (this.#state !== 'sending') this.#resume(now);
    this.#quiet = now + INSISTED;
  }

  /** There is no camera to pause, or another connection: begins anew. */
  reset(now: number): void {
    if (this.#state !== 'sending') this.#resume(now);
    this.#turning = null;
    this.#tries = 0;
    this.#quiet = Math.max(this.#quiet, now + SETTLE);
  }

  get #wait(): number {
    return WAITS[Math.min(this.#tries, WAITS.length - 1)] ?? 0;
  }

  /** Whether something has held for `ms`. */
  #lasts(holds: boolean, at: number, ms: number): boolean {
    this.#turning = holds ? (this.#turning ?? at) : null;
    return this.#turning !== null && at - this.#turning >= ms;
  }

  #pause(at: number): void {
    this.#count += 1;
    this.#pausedAt = at;
    this.#go('paused', at);
  }

  #resume(at: number): void {
    this.#paused += at - this.#pausedAt;
    this.#tries = 0;
    this.#quiet = at + SETTLE;
    this.#go('sending', at);
  }

  #go(state: FallbackState, at: number): void {
    this.#state = state;
    this.#since = at;
    this.#turning = null;
  }
}

function isWeak({ room, loss, screen }: Strain): boolean {
  return loss > LOSSY || (room !== null && room < (screen ? SCREEN : LITTLE));
}

function isStrong({ room, loss, screen }: Strain): boolean {
  return loss < CALM && (room === null || room >= ENOUGH + (screen ? SCREEN : 0));
}
