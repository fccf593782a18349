/**
 * Whether a call's media go straight to the other browser: one attempt, as one end sees it. A pure
 * state machine; time is an argument (ms). `detour.ts` drives it.
 *
 * ```
 *            each end plays the other's media      told to, silent, the other leaves
 *   trying ─────────────────────────────► direct ─────────────────────────► returning ──► over
 *      └── no path in 3 s, no proof in 5 s ──────────── plays any directly ───────▲        ▲
 *                                                └────────── none ─────────────────────────┘
 * ```
 *
 * Make before break, both ways. While trying, an end sends both ways and plays what comes directly
 * once all of it flows (`plays`); a moment later it says so in its notes, and it stops sending through
 * the server when the other says the same. To return, it sends both ways again, and plays each thing
 * directly until it has come through the server (`arrived`); the path is over when neither needs it.
 */
import type { Source } from './negotiation.ts';

export type Stage = 'trying' | 'direct' | 'returning' | 'over';

/** What each end tells the other over the path itself, again and again: any of them may be lost. */
export interface Note {
  /** What it sends on this path now. */
  readonly sends: readonly Source[];
  /** It plays what comes on this path. */
  readonly plays: boolean;
  readonly leaves: boolean;
}

const AGREE = 5_000; // ms until the two have exchanged their descriptions, over the wire
const FIND = 3_000; // ms from then to find a path
const PROVE = 5_000; // ms to see media flow on it, both ways
const SILENCE = 2_000; // ms without a note
const OVERLAP = 1_000; // ms in which a page may begin to play the other track, before one ends
const RETURN = 4_000; // ms the way back may take; then what comes directly is given up

export class DirectPath {
  #stage: Stage = 'trying';
  #since: number; // of the stage, or of what is waited for while trying
  #limit = AGREE; // while trying
  #open = false;
  #plays = false;
  #turned = 0; // when we began or ceased to play what comes directly
  #heard = 0;
  #other: Note | null = null;

  constructor(now: number) {
    this.#since = now;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Whether we play what comes directly. */
  get plays(): boolean {
    return this.#plays;
  }

  /** Whether our media have to go through the server: the other may play them from there. */
  get viaServer(): boolean {
    return this.#stage !== 'direct';
  }

  /** What the other said last. */
  get other(): Note | null {
    return this.#other;
  }

  /** What we have to say. It follows what we play after a moment, as that takes one to begin. */
  note(sends: readonly Source[], now: number): Note {
    const leaves = this.#stage === 'returning';
    const overlaps = this.#overlaps(now);
    return { sends, plays: this.#plays ? leaves || !overlaps : overlaps, leaves };
  }

  /** Both ends have described themselves: a path is looked for. */
  agreed(now: number): void {
    if (this.#stage === 'trying' && this.#limit === AGREE) this.#wait(FIND, now);
  }

  /** The path is there: notes may go. */
  opened(now: number): void {
    if (this.#stage !== 'trying' || this.#open) return;
    this.#open = true;
    this.#heard = now;
    this.#wait(PROVE, now);
  }

  /** The other said something. */
  told(note: Note, now: number): void {
    this.#heard = now;
    this.#other = note;
    if (note.leaves) this.leave(now);
    else this.#advance(now);
  }

  /** What comes directly, decoded. */
  flows(sources: ReadonlySet<Source>, now: number): void {
    if (this.#stage !== 'trying' || !this.#open) return;
    if (!this.#plays && this.#other?.sends.every((source) => sources.has(source))) {
      this.#plays = true;
      this.#turned = now;
    }
    this.#advance(now);
  }

  /** All that the other sends comes through the server again. */
  arrived(now: number): void {
    if (this.#stage !== 'returning' || !this.#plays) return;
    this.#plays = false;
    this.#turned = now;
  }

  /** Goes back to the server: told to, or the path is no good. */
  leave(now: number): void {
    if (this.#stage !== 'trying' && this.#stage !== 'direct') return;
    this.#stage = this.#plays ? 'returning' : 'over';
    this.#since = now;
  }

  /** The path is closed or broken: nothing more comes of the other. */
  lost(now: number): void {
    this.#other = { sends: this.#other?.sends ?? [], plays: false, leaves: true };
    this.leave(now);
    this.tick(now);
  }

  tick(now: number): void {
    switch (this.#stage) {
      case 'trying':
        if (now >= this.#since + this.#limit) this.leave(now);
        else if (this.#open && now > this.#heard + SILENCE) this.leave(now);
        break;
      case 'direct':
        if (now > this.#heard + SILENCE) this.leave(now);
        break;
      case 'returning': {
        const released = this.#other?.leaves === true && !this.#other.plays;
        const home = !this.#plays && !this.#overlaps(now);
        if ((home && released) || now >= this.#since + RETURN) {
          this.#plays = false;
          this.#stage = 'over';
        }
        break;
      }
      default:
        break;
    }
  }

  #overlaps(now: number): boolean {
    return this.#turned > 0 && now < this.#turned + OVERLAP;
  }

  #wait(limit: number, now: number): void {
    this.#limit = limit;
    this.#since = now;
  }

  #advance(now: number): void {
    if (this.#stage !== 'trying' || !this.#plays || !this.#other?.plays) return;
    this.#stage = 'direct';
    this.#since = now;
  }
}
