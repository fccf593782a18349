/**
 * Fetches the recorder after consent, and runs it only while `turn(true)` holds. What the recorder
 * gives is looked at once more on its way out: nothing leaves in the moment the page becomes one
 * that must not be seen.
 */
import type { Trouble } from '../bridge.ts';
import type { Masked } from '../wire.gen.ts';
import type { Masker } from './mask/index.ts';
import type { Recorder } from './recorder.ts';

const EPOCH_AT = 4; // in a binary frame; u32, big-endian (signaling/cobrowse/frames.py)
// ms; with the first viewer the server asks for a snapshot, which that viewer's coming has begun.
const ANSWERED = 500;

export interface Outlet {
  /** Whether what the page shows now may be seen. Asked right before each `send`. */
  may(): boolean;
  send(data: ArrayBuffer): void;
  counted(masked: Masked): void;
  trouble(why: Trouble): void;
}

export class Recording {
  readonly #masker: Masker;
  readonly #outlet: Outlet;
  readonly #epoch: number;
  #start: typeof import('./recorder.ts').startRecorder | null = null;
  #recorder: Recorder | null = null;
  #on = false;
  #over = false;
  #since = 0; // when it was turned on, which begins with a snapshot
  #choked = false;

  /** `epoch`: the recorder's first snapshot is the one after it. */
  constructor(masker: Masker, epoch: number, outlet: Outlet) {
    this.#masker = masker;
    this.#epoch = epoch;
    this.#outlet = outlet;
    import('./recorder.ts').then(
      ({ startRecorder }) => {
        this.#start = startRecorder;
        this.#apply();
      },
      () => outlet.trouble('recorder'),
    );
  }

  get epoch(): number {
    return this.#recorder?.epoch ?? this.#epoch;
  }

  nodeOf(id: number): Node | null {
    return this.#recorder?.nodeOf(id) ?? null;
  }

  turn(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.#apply();
  }

  snapshot(): void {
    if (this.#on && performance.now() - this.#since > ANSWERED) this.#recorder?.snapshot();
  }

  choke(on: boolean): void {
    this.#choked = on;
    this.#recorder?.choke(on);
  }

  /** End it at once. */
  stop(): void {
    this.#over = true;
    this.#on = false;
    this.#recorder?.stop();
  }

  #apply(): void {
    if (this.#over) return;
    this.#since = performance.now();
    if (this.#recorder) this.#recorder.idle(!this.#on);
    else if (this.#on && this.#start) this.#begin(this.#start);
  }

  #begin(start: typeof import('./recorder.ts').startRecorder): void {
    const { counted, trouble } = this.#outlet;
    try {
      this.#recorder = start({
        masker: this.#masker,
        epoch: this.#epoch,
        send: (data) => this.#send(data),
        counted,
        trouble,
      });
    } catch {
      trouble('recorder');
      return;
    }
    if (this.#choked) this.#recorder.choke(true);
    if (!this.#on) this.#recorder.idle(true); // the look before the first frame found a curtain
  }

  #send(data: ArrayBuffer): void {
    // Packing takes time: a frame from before a curtain must not come out after it.
    const late = this.#recorder && new DataView(data).getUint32(EPOCH_AT) < this.#recorder.epoch;
    if (late || this.#over || !this.#outlet.may() || !this.#on) return;
    this.#outlet.send(data);
  }
}
