/**
 * The widget's end of the bridge to the shop's page (`loader/bridge.ts`). The page's origin is
 * pinned by the frame's address, and the frame's CSP lets only the site's origins embed it.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import {
  type BridgePage,
  FORGET,
  HELLO,
  type News,
  type ToFrame,
  type ToPage,
  type Welcome,
} from '@/loader/bridge.ts';
import { TabStore } from './stored.ts';

export class Host {
  readonly #open = signal(false);
  readonly #page = signal<BridgePage | null>(null);
  readonly #focus = signal(0);
  #port: MessagePort | null = null;
  readonly #identify = signal<unknown>(undefined);
  readonly #said = signal<unknown>(undefined);
  #resume: string | null = null;
  #address: string | null = null;
  #tab = new TabStore('', () => {});

  get open(): ReadonlySignal<boolean> {
    return this.#open;
  }

  /** Grows when the visitor opened the chat and its input wants the focus. */
  get focus(): ReadonlySignal<number> {
    return this.#focus;
  }

  /** The page of the shop that the visitor is on. */
  get page(): ReadonlySignal<BridgePage | null> {
    return this.#page;
  }

  /** The shop's page in full; it is for coming back to it, and goes nowhere else. */
  get address(): string | null {
    return this.#address;
  }

  /** The shop's signed word of who the visitor is. */
  get identify(): ReadonlySignal<unknown> {
    return this.#identify;
  }

  /** What the shop's page said last of the recording. */
  get said(): ReadonlySignal<unknown> {
    return this.#said;
  }

  /** The kept secret that resumes the session. */
  get resume(): string | null {
    return this.#resume;
  }

  /** Whether the shop wants the session of the kept secret ended. */
  get forgets(): boolean {
    return this.#resume?.[0] === FORGET;
  }

  /** What is kept for this tab over its pages. */
  get tab(): TabStore {
    return this.#tab;
  }

  /** Whether this is a window of its own, not a panel on a page. */
  get alone(): boolean {
    return window.parent === window;
  }

  /**
   * Say hello to the page and wait for its port. A window of its own was opened by a frame of
   * ours, which answers like the page; opened by hand it has nobody, and does without.
   */
  async meet(origin: string): Promise<void> {
    const other = this.alone ? (window.opener as Window | null) : window.parent;
    const from = this.alone ? location.origin : origin;
    if (!other) {
      this.#open.value = true;
      return;
    }
    const welcome = await new Promise<Welcome>((resolve) => {
      const listen = (event: MessageEvent<Welcome>) => {
        const [port] = event.ports;
        if (event.source !== other || event.origin !== from || !port) return;
        removeEventListener('message', listen);
        port.onmessage = ({ data }: MessageEvent<ToFrame>) => this.#receive(data);
        this.#port = port;
        resolve(event.data);
      };
      addEventListener('message', listen);
      other.postMessage(HELLO, from);
    });
    this.#take(welcome);
    this.#tab = new TabStore(welcome.tab, (data) => this.tell({ t: 'tab', data }));
    if (this.forgets) this.#tab.clear();
    this.#open.value = welcome.open;
    if (welcome.open) this.#focus.value += 1;
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      // Kept as it was left, and come back to: the tab has gone on since, and what is remembered
      // here must not be told any more.
      this.#port = null;
      location.reload();
    });
  }

  /** `ports`: what goes along with a message. */
  tell(message: ToPage, ports: MessagePort[] = []): void {
    if (this.alone && message.t === 'close') window.close();
    this.#port?.postMessage(message, ports);
  }

  /** Keep the secret where the next page's frame finds it; null forgets it. */
  keepResume(secret: string | null): void {
    if (secret === this.#resume) return;
    this.#resume = secret;
    this.tell({ t: 'resume', secret });
  }

  /** Begin anew, as somebody else: nothing of what was kept is theirs. */
  restart(): void {
    this.#tab.clear();
    location.reload();
  }

  #receive(message: ToFrame): void {
    if (message.t === 'page') {
      const before = this.forgets;
      this.#take(message);
      if (this.forgets && !before) location.reload();
    } else {
      this.#open.value = message.t === 'open';
      if (this.#open.value && message.focus) this.#focus.value += 1;
    }
  }

  #take({ page, resume, identify, said }: News): void {
    const url = page.url.replace(/[?#].*/, '');
    const { title } = page;
    const known = this.#page.value;
    if (url !== known?.url || title !== known.title) this.#page.value = { url, title };
    this.#address = page.url;
    this.#resume = resume ?? this.#resume; // it turns with each use, in any tab
    this.#identify.value = identify;
    this.#said.value = said;
  }
}
