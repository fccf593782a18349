/**
 * The player: shows a shopper's page to staff, on an origin of its own that has nothing. It opens
 * no connection and keeps nothing; all it knows comes through the port that its parent gives it
 * (port.ts), and the parent's origin is pinned by `?parent=`.
 */
import './player.css';
import { Cover } from './cover.ts';
import { Feed } from './feed.ts';
import { Guard } from './guard.ts';
import { Marks } from './marks.ts';
import { Overlay } from './overlay.ts';
import { type FromPlayer, PLAYER_HELLO, type ToPlayer } from './port.ts';
import { Stage } from './stage.ts';

class Player {
  readonly #port: MessagePort;
  readonly #stage: Stage;
  readonly #marks: Marks;
  readonly #overlay: Overlay;
  readonly #cover: Cover;
  readonly #feed: Feed;
  #guard: Guard | null = null;
  #images = '';
  #epoch = 0;
  #sized = '';

  constructor(root: HTMLElement, port: MessagePort) {
    this.#port = port;
    this.#stage = new Stage(root, () => this.#moved());
    this.#marks = new Marks(root, this.#stage);
    const say = (message: FromPlayer) => this.#say(message);
    this.#overlay = new Overlay(root, this.#stage, this.#marks, () => this.#epoch, say);
    this.#cover = new Cover(root);
    this.#feed = new Feed({
      build: (events) => this.#build(events),
      apply: (events) => this.#apply(events),
      shown: (epoch, seq) => {
        this.#epoch = epoch;
        say({ t: 'shown', epoch, seq });
      },
      resync: () => say({ t: 'resync' }),
      now: () => performance.now(),
      later: (run, ms) => setTimeout(run, ms),
    });
    port.onmessage = (event: MessageEvent<ToPlayer>) => this.#take(event.data);
  }

  #say(message: FromPlayer): void {
    this.#port.postMessage(message);
  }

  #take(message: ToPlayer): void {
    switch (message.t) {
      case 'begin':
        document.documentElement.lang = message.lang;
        this.#images = message.images;
        this.#marks.begin(message.you);
        this.#overlay.words(message.words);
        this.#cover.words(message.words);
        break;
      case 'data':
        void this.#feed.take(message.data);
        break;
      case 'tool':
        this.#overlay.tool(message.tool, message.caps);
        break;
      case 'viewers':
        this.#marks.viewers(message.viewers);
        break;
      case 'curtain':
        this.#cover.curtain(message);
        this.#overlay.reset();
        break;
      case 'sharing':
        this.#cover.sharing(message.on);
        break;
      case 'follow':
        this.#stage.newest?.follow(message.on);
        this.#stage.shown?.follow(message.on);
        break;
      case 'pointer':
        this.#marks.pointer(message);
        break;
      case 'stroke':
        this.#marks.stroke(message);
        break;
      case 'highlight':
        this.#marks.highlight(message);
        break;
      case 'clear':
        this.#marks.clear(message.viewer);
        break;
    }
  }

  #build(events: readonly unknown[]): boolean {
    const guard = new Guard({
      images: this.#images,
      reserved: (name) => name in Element.prototype || name === 'style',
    });
    const clean = guard.snapshot(events);
    if (clean === null || !this.#stage.build(clean)) {
      return false;
    }
    this.#guard = guard;
    this.#overlay.reset();
    this.#cover.page();
    return true;
  }

  #apply(events: readonly unknown[]): void {
    const clean = this.#guard?.delta(events) ?? [];
    this.#stage.newest?.apply(clean);
    this.#cover.page();
  }

  #moved(): void {
    const { shown, scale } = this.#stage;
    if (shown !== null) {
      const { width, height } = shown;
      const sized = `${width} ${height} ${scale}`;
      if (sized !== this.#sized) {
        this.#sized = sized;
        this.#say({ t: 'size', width, height, scale });
      }
    }
    this.#marks?.changed(); // the stage is made before the marks
  }
}

function meet(root: HTMLElement, parent: string): void {
  window.addEventListener('message', function greet(event: MessageEvent<unknown>) {
    const [port] = event.ports;
    if (event.source !== window.parent || event.origin !== parent || port === undefined) {
      return;
    }
    window.removeEventListener('message', greet);
    new Player(root, port);
  });
  window.parent.postMessage(PLAYER_HELLO, parent);
}

const root = document.getElementById('player');
const parent = new URLSearchParams(location.search).get('parent') ?? '';
if (root !== null && window.parent !== window && /^https?:\/\/[^/]+$/.test(parent)) {
  meet(root, parent);
}
