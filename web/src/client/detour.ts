/**
 * The way that a call's media take besides the one through the server: tries a direct path when the
 * node with the room says so, moves to it and back without a gap, and tells how it goes. `link.ts`
 * drives it; the rules are in `path.ts`, the connection in `direct.ts`.
 *
 * The connection with the server stays: publications and their m-lines are negotiated there as
 * ever, and a publication's sound or picture is taken from here while it is played directly.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Clock } from './clock.ts';
import { DirectPeer, directIce, type Signal } from './direct.ts';
import { type Counts, counted, hasCome, loudness, score } from './figures.ts';
import type { RtcParts } from './link.ts';
import { SOURCES, type Source } from './negotiation.ts';
import { DirectPath, type Note } from './path.ts';
import type { Remote, Sending } from './peer.ts';
import type { DirectEnd, DirectReport, DirectSignal, DirectTry } from './protocol.gen.ts';

export type DirectFrame = DirectTry | DirectSignal | DirectEnd;
export type Of<T> = Omit<T, 'conv' | 'call'>;
export type DirectSaid = Of<DirectSignal> | Of<DirectReport>;

/** What the server cannot tell of two who talk past it. Levels in -dBov, the score 1 to 5. */
export interface Observed {
  readonly mine: number;
  readonly theirs: number;
  readonly score: number;
}

export interface DetourHooks {
  readonly rtc: RtcParts;
  readonly clock: Clock;
  ice(): RTCConfiguration;
  /** Sends a frame of this link's call; it may be lost. */
  say(said: DirectSaid): void;
  /** The figures of the connection with the server. */
  serverStats(): Promise<RTCStatsReport> | null;
  /** What goes through the server, or what is played from where, is another now. */
  changed(): void;
}

const BUSY = 100; // ms between looks while something is to change
const CALM = 250; // ms between looks, and notes, on a direct path
const SCORED = 2_000; // ms between scores
const AGAIN = 5_000; // ms between reports that it is up: the word that calls us back may be lost

interface Going {
  readonly attempt: number;
  readonly peer: DirectPeer;
  readonly path: DirectPath;
}

export class Detour {
  readonly #hooks: DetourHooks;
  readonly #observed = signal<Observed | null>(null);
  #going: Going | null = null;
  #next: { readonly tried: DirectTry; readonly signals: Signal[] } | null = null;
  #newest = 0; // attempt
  #sending: Sending = new Map();
  #remotes: readonly Remote[] = []; // through the server
  readonly #back = new Set<string>(); // publications played from the server again
  #before: Counts | null = null; // what had come through the server when we turned back
  #judged: { readonly at: number; readonly report: RTCStatsReport; readonly score: number } | null =
    null;
  #reported = 0; // when
  #known = ''; // what `changed` was last called for
  #quiet = false; // the server told us to leave: it need not hear that we did
  #cancel: () => void = () => {};

  constructor(hooks: DetourHooks) {
    this.#hooks = hooks;
  }

  /** While media go directly; null otherwise. */
  get observed(): ReadonlySignal<Observed | null> {
    return this.#observed;
  }

  /** Whether our tracks have to go through the server. */
  get viaServer(): boolean {
    return this.#going?.path.viaServer ?? true;
  }

  /** The connection whose figures are those of the call, while media go directly. */
  stats(): Promise<RTCStatsReport> | null {
    return this.#going?.path.plays ? this.#going.peer.stats() : null;
  }

  take(frame: DirectFrame): void {
    switch (frame.t) {
      case 'direct.try':
        this.#try(frame);
        break;
      case 'direct.signal':
        if (frame.attempt === this.#going?.attempt) this.#going.peer.take(frame);
        else if (frame.attempt === this.#next?.tried.attempt) this.#next.signals.push(frame);
        break;
      default:
        if (frame.attempt === this.#next?.tried.attempt) this.#next = null;
        if (frame.attempt === this.#going?.attempt) {
          this.#quiet = true;
          this.#step((path, now) => path.leave(now));
        }
        break;
    }
  }

  send(sending: Sending): void {
    this.#sending = sending;
    this.#going?.peer.send(sending);
  }

  /** Returns the tracks to play, of those that come through the server. */
  from(remotes: readonly Remote[]): readonly Remote[] {
    this.#remotes = remotes;
    const going = this.#going;
    if (!going?.path.plays) return remotes;
    return remotes.map((remote) => {
      const { publication } = remote;
      const track = this.#back.has(publication.id) ? null : going.peer.track(publication.source);
      return track ? { publication, track } : remote;
    });
  }

  close(): void {
    this.#next = null;
    this.#finish();
    this.#sending = new Map();
    this.#remotes = [];
  }

  #try(tried: DirectTry): void {
    if (tried.attempt <= this.#newest) return;
    this.#newest = tried.attempt;
    this.#next = { tried, signals: [] };
    if (this.#going) {
      this.#quiet = true;
      this.#step((path, now) => path.leave(now)); // then the next one begins
    } else this.#begin();
  }

  #begin(): void {
    const next = this.#next;
    this.#next = null;
    if (!next) return;
    const { attempt, offers } = next.tried;
    const { rtc, clock } = this.#hooks;
    const mine = (): boolean => this.#going === going;
    const peer = new DirectPeer(directIce(this.#hooks.ice()), rtc, clock, {
      signal: (it) => mine() && this.#hooks.say({ t: 'direct.signal', attempt, ...it }),
      agreed: () => mine() && this.#step((path, now) => path.agreed(now)),
      opened: () => mine() && this.#step((path, now) => path.opened(now)),
      told: (note) => mine() && this.#step((path, now) => path.told(note, now)),
      lost: (closed) => mine() && this.#lost(closed),
    });
    const going = { attempt, peer, path: new DirectPath(clock.now()) };
    this.#going = going;
    this.#quiet = false;
    this.#known = this.#shape(going.path);
    peer.send(this.#sending);
    if (offers) peer.offer();
    for (const it of next.signals) peer.take(it);
    this.#schedule();
  }

  #lost(closed: boolean): void {
    if (closed && !this.#quiet && this.#going) {
      this.#quiet = true;
      this.#report('closed');
    }
    this.#step((path, now) => path.lost(now));
  }

  /** Changes the path's state, and does what follows from that. */
  #step(change: (path: DirectPath, now: number) => void): void {
    const going = this.#going;
    if (!going) return;
    const before = going.path.stage;
    change(going.path, this.#hooks.clock.now());
    const { stage } = going.path;
    if (stage !== before) {
      if (stage === 'direct') this.#report('up');
      else if (before !== 'returning' && !this.#quiet) this.#report('failed');
      if (stage === 'returning') this.#turn();
    }
    if (stage === 'over') {
      this.#finish();
      this.#begin();
      return;
    }
    const shape = this.#shape(going.path);
    if (shape === this.#known) return;
    this.#known = shape;
    going.peer.tell(this.#note(going.path));
    this.#hooks.changed();
    this.#schedule(); // what comes next is looked for sooner now
  }

  #turn(): void {
    this.#back.clear();
    this.#before = null;
    this.#observed.value = null;
  }

  #finish(): void {
    this.#cancel();
    const going = this.#going;
    this.#going = null;
    if (!going) return;
    going.peer.close();
    this.#turn();
    this.#judged = null;
    this.#hooks.changed();
  }

  #report(state: DirectReport['state']): void {
    if (this.#going) {
      this.#reported = this.#hooks.clock.now();
      this.#hooks.say({ t: 'direct.report', attempt: this.#going.attempt, state });
    }
  }

  #note(path: DirectPath): Note {
    const sends = SOURCES.filter((source) => this.#sending.get(source));
    return path.note(sends, this.#hooks.clock.now());
  }

  /** What others go by. */
  #shape(path: DirectPath): string {
    return `${path.stage} ${path.plays} ${this.#back.size}`;
  }

  #schedule(): void {
    this.#cancel();
    const wait = this.#going?.path.stage === 'direct' ? CALM : BUSY;
    this.#cancel = this.#hooks.clock.after(wait, () => void this.#look());
  }

  async #look(): Promise<void> {
    const going = this.#going;
    if (!going) return;
    this.#step((path, now) => path.tick(now));
    if (going !== this.#going) return;
    const again = this.#hooks.clock.now() >= this.#reported + AGAIN;
    if (going.path.stage === 'direct' && again) this.#report('up');
    going.peer.tell(this.#note(going.path));
    try {
      if (going.path.stage === 'returning') await this.#lookBack(going);
      else await this.#lookHere(going);
    } catch {
      // No figures of a connection that is being closed.
    }
    if (going === this.#going) this.#schedule();
  }

  /** What comes directly, and how. */
  async #lookHere(going: Going): Promise<void> {
    const report = await going.peer.stats();
    if (going !== this.#going) return;
    const come = counted(report);
    const flows = SOURCES.filter((source) => {
      const track = going.peer.track(source);
      return track !== null && hasCome(track, come);
    });
    this.#step((path, now) => path.flows(new Set(flows), now));
    if (going === this.#going && going.path.stage === 'direct') this.#observe(going, report);
  }

  /** What has come through the server since we turned back. */
  async #lookBack(going: Going): Promise<void> {
    const report = await this.#hooks.serverStats();
    if (going !== this.#going || !report) return;
    const come = counted(report);
    this.#before ??= come;
    const sends: readonly Source[] = going.path.other?.sends ?? [];
    const before = this.#before;
    for (const { publication, track } of this.#remotes) {
      // What the other does not send now cannot be waited for.
      const awaited = sends.includes(publication.source) && track.readyState === 'live';
      if (!awaited || hasCome(track, come, before)) this.#back.add(publication.id);
    }
    const all = this.#remotes.every(({ publication }) => this.#back.has(publication.id));
    this.#step((path, now) => {
      if (all) path.arrived(now);
    });
  }

  #observe(going: Going, report: RTCStatsReport): void {
    const now = this.#hooks.clock.now();
    if (!this.#judged || now >= this.#judged.at + SCORED) {
      const value = score(report, this.#judged?.report ?? null);
      this.#judged = { at: now, report, score: value };
    }
    this.#observed.value = {
      mine: loudness(report, this.#sending.get('audio') ?? null),
      theirs: loudness(report, going.peer.track('audio')),
      score: this.#judged.score,
    };
  }
}
