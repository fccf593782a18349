/**
 * When to mend a call's connection, and how: a pure state machine. Time is an argument (ms).
 *
 * ```
 *            connected                 2 s of disconnected, failed, or the network changed
 *  connecting ───────► up ──────────────► restarting ──4 s──► restarting ──4 s──► rebuilding ⟲
 *      └──── 8 s without a connection ─────────────────────────────────────────────► ↑
 * ```
 *
 * An ICE restart (RFC 8445 §2.4) keeps DTLS, keys and decoders; when two of them fail, the whole
 * connection is built anew, with growing pauses. Each needs the signalling wire, so while that is
 * down nothing is tried, and everything is when it comes back. An offer that failed while the
 * connection is up only has to be made again.
 */

export type Remedy = 'offer' | 'restart' | 'rebuild';

const PATIENCE = 2_000; // ms of `disconnected`; a path often comes back by itself
const RESTART_TIME = 4_000; // ms that a restart may take
const CONNECT_TIME = 8_000; // ms that a new connection may take
const RESTARTS = 2; // before the connection is built anew
const LONGEST_PAUSE = 15_000; // ms between two new connections

export class Recovery {
  #up = false;
  #wire = true;
  #restarts = 0;
  #rebuilds = 0;
  /** When the next remedy is due, if nothing gets better; null: nothing to mend. */
  #due: number | null;

  constructor(now: number) {
    this.#due = now + CONNECT_TIME;
    this.#restarts = RESTARTS; // what never worked cannot be restarted
  }

  get up(): boolean {
    return this.#up;
  }

  /** When `next` should be asked, or null. */
  get deadline(): number | null {
    return this.#wire ? this.#due : null;
  }

  peerChanged(state: RTCPeerConnectionState, now: number): void {
    switch (state) {
      case 'connected':
        this.#up = true;
        this.#restarts = 0;
        this.#rebuilds = 0;
        this.#due = null;
        break;
      case 'disconnected':
        if (this.#up) this.#due = now + PATIENCE;
        this.#up = false;
        break;
      case 'failed':
        this.#up = false;
        this.#due = now;
        break;
      default: // new, connecting and closed say nothing about an end
        break;
    }
  }

  wireChanged(online: boolean, now: number): void {
    const back = online && !this.#wire;
    this.#wire = online;
    if (back && !this.#up) this.hurry(now);
  }

  /** Tries at once: the browser came online or changed its network. */
  hurry(now: number): void {
    if (!this.#up && this.#due !== null) this.#due = now;
  }

  /** An offer was refused or lost, so what it was for has not begun. */
  offerFailed(now: number): void {
    this.#due = Math.min(this.#due ?? Number.POSITIVE_INFINITY, now + PATIENCE);
  }

  /** What is due at `now`, once; null when nothing is. */
  next(now: number): Remedy | null {
    const due = this.deadline;
    if (due === null || now < due) return null;
    if (this.#up) {
      this.#due = null;
      return 'offer';
    }
    if (this.#restarts < RESTARTS) {
      this.#restarts += 1;
      this.#due = now + RESTART_TIME;
      return 'restart';
    }
    this.#due = now + Math.min(CONNECT_TIME + 2_000 * this.#rebuilds, LONGEST_PAUSE);
    this.#rebuilds += 1;
    return 'rebuild';
  }
}
