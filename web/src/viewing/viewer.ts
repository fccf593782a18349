/**
 * The client of somebody who looks at the shopper's page: between the server (`wire.ts`) and the
 * player, which draws. Knows no DOM.
 *
 * Pictures go straight to the player; what they are drawn from never stays here, but for those
 * that come before the player has loaded. Words about them (who looks, which page, the curtain)
 * become signals for the zone and go to the player as well.
 */
import { batch, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import { type Clock, systemClock } from '@/client/clock.ts';
import type { CobrowseGrant, CobrowseOperation } from '@/client/protocol.gen.ts';
import { ulid } from '@/client/ulid.ts';
import type {
  ClientFrame,
  Curtain,
  Masked,
  Operated,
  PageShown,
  ServerFrame,
  Viewer,
  Welcome,
} from '@/cobrowse/wire.gen.ts';
import type { FromPlayer, PlayerWords, Tool, ToPlayer } from '@/player/port.ts';
import { readPlayer } from './player.ts';
import { type BinarySocket, Wire, type WireState } from './wire.ts';

const PLAYER_TIMEOUT = 15_000; // ms from knowing the player's address to its first word
const MAX_HELD = 24 * 1024 * 1024; // bytes kept for a player that is still loading
const KIND = 1; // the offset of a frame's kind
const SNAPSHOT = 1;

/** The part of a MessagePort that is used here. */
export interface PlayerPort {
  postMessage(message: ToPlayer, transfer?: Transferable[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  close(): void;
}

/** The answer of POST /api/v1/cobrowse/{id}/images. */
export interface Place {
  /** The player's origin. */
  readonly player: string;
  /** The image proxy's address, with its ticket. */
  readonly images: string;
}

/** What became of one operation; `n` counts them, so that the same word twice is two. */
export interface Outcome {
  readonly n: number;
  readonly op: CobrowseOperation;
  readonly code: Operated['code'];
}

export interface ViewerOptions {
  url: string;
  cobrowse: string;
  token: (fresh: boolean) => Promise<string>;
  /** Asks for a ticket to the player and its images. */
  place: () => Promise<Place>;
  clock?: Clock;
  socket?: (url: string) => BinarySocket;
}

export class ViewerClient {
  readonly #options: ViewerOptions;
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #place = signal<Place | null>(null);
  readonly #failed = signal(false);
  readonly #viewers = signal<readonly Viewer[]>([]);
  readonly #page = signal<PageShown | null>(null);
  readonly #curtain = signal<Curtain | null>(null);
  readonly #masked = signal<Masked | null>(null);
  readonly #sharing = signal(false);
  readonly #size = signal<{ width: number; height: number; scale: number } | null>(null);
  readonly #follow = signal(true);
  readonly #tool = signal<Tool>('none');
  readonly #grant = signal<CobrowseGrant | null>(null);
  readonly #outcome = signal<Outcome | null>(null);
  readonly #you = signal<string | null>(null);
  readonly #asked = new Map<string, CobrowseOperation>(); // operations without an answer yet
  readonly #stop: () => void;
  readonly #ready = signal(false);
  #port: PlayerPort | null = null;
  #words: { words: PlayerWords; lang: string } | null = null;
  #held: ArrayBuffer[] = [];
  #heldBytes = 0;
  #lacking = false; // pictures were let go of: the player needs a snapshot
  #count = 0;
  #cancelWait: () => void = () => {};

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wire = new Wire({
      url: options.url,
      cobrowse: options.cobrowse,
      token: options.token,
      clock: this.#clock,
      socket: options.socket ?? ((url) => new WebSocket(url) as unknown as BinarySocket),
      frame: (frame) => this.#receive(frame),
      data: (data) => this.#picture(data),
    });
    this.#stop = effect(() => {
      if (this.#wire.state.value !== 'online') this.#asked.clear();
    });
  }

  /** The co-browsing that this looks at. */
  get cobrowse(): string {
    return this.#options.cobrowse;
  }
  get state(): ReadonlySignal<WireState> {
    return this.#wire.state;
  }
  /** The server's word for why one may not look (any more), in state `refused`. */
  get refusal(): ReadonlySignal<string | null> {
    return this.#wire.refusal;
  }
  /** Where the player is; null until the server has said. */
  get place(): ReadonlySignal<Place | null> {
    return this.#place;
  }
  /** The player or its ticket could not be had. */
  get failed(): ReadonlySignal<boolean> {
    return this.#failed;
  }
  /** Whether the player has what it needs to draw. */
  get ready(): ReadonlySignal<boolean> {
    return this.#ready;
  }
  /** Our own id among the viewers. */
  get you(): ReadonlySignal<string | null> {
    return this.#you;
  }
  get viewers(): ReadonlySignal<readonly Viewer[]> {
    return this.#viewers;
  }
  get page(): ReadonlySignal<PageShown | null> {
    return this.#page;
  }
  get curtain(): ReadonlySignal<Curtain | null> {
    return this.#curtain;
  }
  get masked(): ReadonlySignal<Masked | null> {
    return this.#masked;
  }
  /** Whether the shopper's browser is connected. */
  get sharing(): ReadonlySignal<boolean> {
    return this.#sharing;
  }
  /** The shopper's window in CSS pixels, and how much it is scaled here. */
  get size(): ReadonlySignal<{ width: number; height: number; scale: number } | null> {
    return this.#size;
  }
  /** Whether the mirror scrolls with the shopper. */
  get follow(): ReadonlySignal<boolean> {
    return this.#follow;
  }
  get tool(): ReadonlySignal<Tool> {
    return this.#tool;
  }
  /** What became of the last operation. */
  get outcome(): ReadonlySignal<Outcome | null> {
    return this.#outcome;
  }

  /** Begin to look. Also the way on after a failure. */
  start(): void {
    this.#wire.start();
    this.#wire.wake();
    if (!this.#place.peek() || this.#failed.peek()) void this.#find();
  }

  /** Try again at once, where it waits to. */
  wake(): void {
    this.#wire.wake();
  }

  /** Stop looking, for good. */
  dispose(): void {
    this.#stop();
    this.#cancelWait();
    this.#wire.stop();
    this.#port?.close();
    this.#port = null;
    this.#held = [];
  }

  /** Say in which words the player speaks. */
  speak(words: PlayerWords, lang: string): void {
    this.#words = { words, lang };
    this.#begin();
  }

  /** Take the player's port; one before it is of a player that has gone. */
  attach(port: PlayerPort): void {
    this.#cancelWait();
    this.#failed.value = false;
    this.#port?.close();
    if (this.#ready.peek()) this.#lacking = true;
    this.#ready.value = false;
    this.#port = port;
    port.onmessage = ({ data }) => {
      const said = readPlayer(data);
      if (said && port === this.#port) this.#heard(said);
    };
    this.#begin();
  }

  choose(tool: Tool): void {
    if (tool === 'control' && !this.#grant.peek()) return;
    this.#tool.value = tool;
    this.#tellTool();
  }

  /** Take everything away that one has drawn. */
  clear(): void {
    this.#wire.send({ t: 'clear' });
    const you = this.#you.peek();
    if (you) this.#post({ t: 'clear', viewer: you });
  }

  setFollow(on: boolean): void {
    this.#follow.value = on;
    this.#post({ t: 'follow', on });
  }

  /** The shopper's leave to do something, ours only; null when there is none (any more). */
  setGrant(grant: CobrowseGrant | null): void {
    const before = this.#grant.peek();
    if (before?.id === grant?.id) return;
    this.#grant.value = grant;
    if (grant) this.#tool.value = 'control';
    else if (this.#tool.peek() === 'control') this.#tool.value = 'none';
    this.#tellTool();
  }

  async #find(): Promise<void> {
    this.#failed.value = false;
    try {
      const place = await this.#options.place();
      if (this.#wire.state.peek() === 'idle') return;
      this.#place.value = place;
      this.#cancelWait = this.#clock.after(PLAYER_TIMEOUT, () => {
        batch(() => {
          this.#place.value = null; // so that trying again loads it anew
          this.#failed.value = true;
        });
      });
      this.#begin();
    } catch {
      if (this.#wire.state.peek() !== 'idle') this.#failed.value = true;
    }
  }

  /** Hand everything that is known to a player that knows nothing, once there is enough. */
  #begin(): void {
    const place = this.#place.peek();
    const you = this.#you.peek();
    if (this.#ready.peek() || !this.#port || !this.#words || !place || !you) return;
    this.#ready.value = true;
    this.#post({ t: 'begin', you, images: place.images, ...this.#words });
    this.#tellStanding();
    this.#tellTool();
    if (!this.#follow.peek()) this.#post({ t: 'follow', on: false });
    for (const data of this.#held) this.#post({ t: 'data', data }, [data]);
    this.#let();
    if (this.#lacking) this.#lacking = !this.#wire.send({ t: 'resync' });
  }

  #tellStanding(): void {
    this.#post({ t: 'viewers', viewers: [...this.#viewers.peek()] });
    this.#post({ t: 'sharing', on: this.#sharing.peek() });
    this.#tellCurtain();
  }

  #tellCurtain(): void {
    const curtain = this.#curtain.peek();
    this.#post({
      t: 'curtain',
      down: curtain?.down ?? false,
      reason: curtain?.reason ?? null,
    });
  }

  #tellTool(): void {
    const caps = this.#grant.peek()?.caps ?? [];
    this.#post({ t: 'tool', tool: this.#tool.peek(), caps });
  }

  #receive(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        this.#welcome(frame);
        return;
      case 'viewers':
        this.#viewers.value = frame.viewers;
        this.#post({ t: 'viewers', viewers: frame.viewers });
        return;
      case 'sharing':
        this.#sharing.value = frame.on;
        this.#post(frame);
        return;
      case 'page':
        this.#page.value = frame;
        return;
      case 'curtain':
        this.#curtain.value = frame;
        this.#tellCurtain();
        return;
      case 'masked':
        this.#masked.value = frame;
        return;
      case 'operated': {
        const op = this.#asked.get(frame.id);
        this.#asked.delete(frame.id);
        this.#count += 1;
        if (op) this.#outcome.value = { n: this.#count, op, code: frame.code };
        return;
      }
      case 'pointer':
      case 'stroke':
      case 'highlight':
      case 'clear':
        this.#post(frame);
        return;
      default:
        return; // of a newer server, or for the sharer
    }
  }

  #welcome(frame: Welcome): void {
    const before = this.#you.peek();
    batch(() => {
      this.#you.value = frame.you;
      this.#viewers.value = frame.viewers ?? [];
      this.#sharing.value = frame.sharing ?? false;
      this.#page.value = frame.page ?? null;
      this.#curtain.value = frame.curtain ?? null;
      this.#masked.value = frame.masked ?? null;
    });
    this.#let(); // of the connection before; a snapshot comes for this one
    this.#lacking = false;
    if (before !== null && before !== frame.you) this.#ready.value = false; // it must know who we are
    if (this.#ready.peek()) this.#tellStanding();
    else this.#begin();
  }

  #picture(data: ArrayBuffer): void {
    if (this.#ready.peek()) {
      this.#post({ t: 'data', data }, [data]);
      return;
    }
    const snapshot = data.byteLength > KIND && new DataView(data).getUint8(KIND) === SNAPSHOT;
    if (snapshot) {
      this.#let();
      this.#lacking = false;
    }
    if (this.#heldBytes + data.byteLength > MAX_HELD) {
      this.#let();
      this.#lacking = true;
    }
    if (this.#lacking) return;
    this.#held.push(data);
    this.#heldBytes += data.byteLength;
  }

  #let(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  #heard(said: FromPlayer): void {
    switch (said.t) {
      case 'size':
        this.#size.value = said;
        return;
      case 'follow':
        this.#follow.value = said.on;
        return;
      case 'tool':
        this.choose(said.tool);
        return;
      case 'operate':
        this.#operate(said);
        return;
      default:
        this.#wire.send(said satisfies ClientFrame);
    }
  }

  #operate(said: Extract<FromPlayer, { t: 'operate' }>): void {
    const grant = this.#grant.peek();
    if (!grant?.caps.includes(said.op)) return;
    const id = ulid(this.#clock.now());
    if (this.#wire.send({ ...said, id, grant: grant.id })) this.#asked.set(id, said.op);
  }

  #post(message: ToPlayer, transfer?: Transferable[]): void {
    if (this.#ready.peek()) this.#port?.postMessage(message, transfer);
  }
}
