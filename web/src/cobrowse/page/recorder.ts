/**
 * Records the page with rrweb, through the sanitizer, into epochs of frames.
 *
 *     recording --idle, choke--> held --all off--> recording (new epoch)
 *     recording --storm--> watching --300 ms of quiet--> recording (new epoch)
 *     any --stop, trouble--> stopped
 *
 * While held nothing of rrweb runs in the page; while watching only a bare MutationObserver does.
 * rrweb is stopped and started anew for every epoch: a second snapshot of a running one leaves
 * another set of observers on every frame of the page. Every failure ends in a snapshot, and
 * failures in a row end in trouble, never in an event that was not cleaned.
 */
import { record } from '@rrweb/record';
import {
  EventType,
  type eventWithTime,
  IncrementalSource,
  type serializedNodeWithId,
} from '@rrweb/types';
import type { Trouble } from '@/cobrowse/bridge.ts';
import type { Masked } from '@/cobrowse/wire.gen.ts';
import { Batches } from './batch.ts';
import { DELTA } from './frame.ts';
import { DARK_WISH, type Masker } from './mask/index.ts';
import { Storm } from './storm.ts';

const SCROLL = 150; // ms between positions
const RENEWAL = 200; // ms from finding that a snapshot is due to taking it
const COUNTING = 1000; // ms between counts of what is hidden
const MOST_NODES = 50_000;
const FAILURES = 3; // in a row

export interface RecorderOptions {
  masker: Masker;
  /** The first snapshot gets the one after it. */
  epoch: number;
  /** Takes whole binary frames. */
  send(data: ArrayBuffer): void;
  counted(masked: Masked): void;
  /** It has stopped for good. */
  trouble(why: Trouble): void;
}

export interface Recorder {
  readonly epoch: number;
  /** Begin a new epoch. */
  snapshot(): void;
  /** Nobody looks, or the curtain is down: record nothing. Going off begins a new epoch. */
  idle(on: boolean): void;
  /** What was sent does not drain: send nothing. Going off begins a new epoch. */
  choke(on: boolean): void;
  /** Return the page's node of that id, when it is in the page still. */
  nodeOf(id: number): Node | null;
  idOf(node: Node): number | null;
  stop(): void;
}

/** Start recording, with a snapshot at once. */
export function startRecorder(options: RecorderOptions): Recorder {
  const recording = new Recording(options);
  recording.begin();
  return recording;
}

class Recording implements Recorder {
  readonly #options: RecorderOptions;
  readonly #batches: Batches;
  readonly #storm: Storm;
  readonly #holds = new Set<'idle' | 'choke'>();
  #epoch: number;
  #stop: (() => void) | undefined;
  /** Which run of rrweb may emit; those before it may not any more. */
  #run = 0;
  #meta: eventWithTime | undefined;
  #failures = 0;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #counting: ReturnType<typeof setTimeout> | undefined;
  #counted = '';
  #over = false;
  readonly #scheme = matchMedia(DARK_WISH);
  readonly #recoloured = () => this.#renew();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#epoch = options.epoch;
    this.#batches = new Batches({
      send: (data) => options.send(data),
      tooLarge: (kind) => (kind === DELTA ? this.#renew() : this.#fail('too_large')),
    });
    this.#storm = new Storm(() => this.begin());
    this.#scheme.addEventListener('change', this.#recoloured);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Begin a new epoch, unless something holds it back. */
  begin(): void {
    if (this.#over || this.#holds.size > 0) return;
    this.#halt();
    if (document.getElementsByTagName('*').length > MOST_NODES) {
      this.#fail('too_large');
      return;
    }
    this.#epoch += 1;
    const run = this.#run;
    const { options } = this.#options.masker;
    try {
      this.#stop = record({
        ...options,
        sampling: { ...options.sampling, scroll: SCROLL },
        recordAfter: 'DOMContentLoaded',
        emit: (event: eventWithTime) => {
          if (run === this.#run) this.#take(event);
        },
        errorHandler: (error: unknown) => {
          // What the page's own call of the browser throws is the page's: `insertRule` of nonsense.
          if (error instanceof DOMException) return false;
          this.#renew();
          return true;
        },
      });
    } catch {
      this.#failed();
    }
  }

  snapshot(): void {
    this.begin();
  }

  idle(on: boolean): void {
    this.#hold('idle', on);
  }

  choke(on: boolean): void {
    this.#hold('choke', on);
  }

  nodeOf(id: number): Node | null {
    const node = record.mirror.getNode(id);
    return node?.isConnected ? node : null;
  }

  idOf(node: Node): number | null {
    const id = record.mirror.getId(node);
    return id > 0 ? id : null;
  }

  stop(): void {
    this.#over = true;
    this.#scheme.removeEventListener('change', this.#recoloured);
    this.#halt();
  }

  #hold(why: 'idle' | 'choke', on: boolean): void {
    const before = this.#holds.size > 0;
    if (on) this.#holds.add(why);
    else this.#holds.delete(why);
    const now = this.#holds.size > 0;
    if (now && !before) this.#halt();
    if (before && !now) this.begin();
  }

  /** Stop rrweb and all timers, and throw away what was not sent. */
  #halt(): void {
    this.#run += 1;
    this.#stop?.();
    this.#stop = undefined;
    this.#meta = undefined;
    this.#storm.calm();
    this.#batches.drop();
    clearTimeout(this.#renewal);
    clearTimeout(this.#counting);
    this.#renewal = undefined;
    this.#counting = undefined;
  }

  #take(event: eventWithTime): void {
    if (this.#storm.raging) return;
    if (event.type === EventType.IncrementalSnapshot && this.#storm.feel(changesIn(event))) {
      this.#batches.drop();
      const run = this.#run;
      // Not within rrweb's own callback.
      queueMicrotask(() => {
        if (run === this.#run) this.#stop?.();
        this.#stop = undefined;
      });
      return;
    }
    try {
      const clean = this.#options.masker.clean(event, record.mirror, () => this.#renew());
      if (clean) this.#pass(clean);
    } catch {
      this.#failed();
    }
  }

  #pass(event: eventWithTime): void {
    if (event.type === EventType.Meta) {
      this.#meta = event;
      return;
    }
    if (event.type === EventType.FullSnapshot) {
      if (nodesIn(event.data.node) > MOST_NODES) {
        this.#fail('too_large');
        return;
      }
      const events = this.#meta ? [this.#meta, event] : [event];
      this.#failures = 0;
      this.#batches.snapshot(this.#epoch, events);
    } else this.#batches.add(event);
    this.#counting ??= setTimeout(() => this.#count(), COUNTING);
    if (event.type === EventType.FullSnapshot) queueMicrotask(() => this.#count());
  }

  #count(): void {
    clearTimeout(this.#counting);
    this.#counting = undefined;
    if (this.#over) return;
    const { counts } = this.#options.masker;
    const line = JSON.stringify(counts);
    if (line === this.#counted) return;
    this.#counted = line;
    this.#options.counted({ t: 'masked', ...counts });
  }

  /** Take a snapshot soon. */
  #renew(): void {
    if (this.#over) return;
    this.#renewal ??= setTimeout(() => this.begin(), RENEWAL);
  }

  #failed(): void {
    this.#failures += 1;
    if (this.#failures >= FAILURES) this.#fail('recorder');
    else this.#renew();
  }

  #fail(why: Trouble): void {
    if (this.#over) return;
    this.#over = true;
    // Neither within rrweb's callback nor before whoever started it has it.
    queueMicrotask(() => {
      this.#halt();
      this.#options.trouble(why);
    });
  }
}

/** Return how many changes of the page an event tells of. */
function changesIn(event: eventWithTime): number {
  if (event.type !== EventType.IncrementalSnapshot) return 0;
  const { data } = event;
  if (data.source !== IncrementalSource.Mutation) return 1;
  return data.adds.length + data.removes.length + data.texts.length + data.attributes.length;
}

function nodesIn(root: serializedNodeWithId): number {
  let count = 0;
  const rest = [root];
  for (let node = rest.pop(); node; node = rest.pop()) {
    count += 1;
    if ('childNodes' in node) for (const child of node.childNodes) rest.push(child);
  }
  return count;
}
