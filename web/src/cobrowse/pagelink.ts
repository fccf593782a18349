/**
 * Our end of the port to the part of us in the shop's page (`bridge.ts`): has it imported, gives
 * it the site's rules and its words, and notices when it cannot be had. Knows no DOM.
 *
 *   away ──prepare──► asked ──ready──► ready ──start──► started
 *     ▲                 └── 5 s, or a trouble ──► trouble
 *     └───────────────────── leave ─────────────────┘
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Clock } from '@/client/clock.ts';
import type { FrameToPage, PageToFrame, PageWords, SiteRules, Trouble } from './bridge.ts';

const READY_TIMEOUT = 5000; // ms; the shop's policy may refuse our script without a word

/** `unreachable`: the shop's page does not take our part, or there is no page of the shop. */
export type LinkTrouble = Trouble | 'unreachable';

/** The part of a MessagePort that is used here. */
export interface PagePort {
  postMessage(message: FrameToPage): void;
  close(): void;
  onmessage: ((event: { data: PageToFrame }) => void) | null;
}

export interface PageLinkOptions {
  /** Has the page import our part, and returns the port to it; null: no page of the shop is here. */
  open: () => PagePort | null;
  /** Asks GET /api/v1/cobrowse/rules. */
  rules: () => Promise<SiteRules>;
  words: PageWords;
  /** The shop's page is itself framed by another: what is clicked may not be what is seen. */
  framed: boolean;
  /** Everything but `ready` and `trouble`. */
  receive: (message: Exclude<PageToFrame, { t: 'ready' | 'trouble' }>) => void;
  clock: Clock;
}

export class PageLink {
  readonly #o: PageLinkOptions;
  readonly #ready = signal<SiteRules | null>(null);
  readonly #trouble = signal<LinkTrouble | null>(null);
  readonly #started = signal(false);
  #port: PagePort | null = null;
  #cancelTimer: () => void = () => {};

  constructor(options: PageLinkOptions) {
    this.#o = options;
  }

  /** The rules that the page keeps, once it is ready. */
  get ready(): ReadonlySignal<SiteRules | null> {
    return this.#ready;
  }

  /** Why the page cannot be shown, or not any more. */
  get trouble(): ReadonlySignal<LinkTrouble | null> {
    return this.#trouble;
  }

  /** It may record. */
  get started(): ReadonlySignal<boolean> {
    return this.#started;
  }

  /** Have the part imported and made ready, unless that is done or has failed. */
  prepare(): void {
    if (this.#port || this.#trouble.value) return;
    if (this.#o.framed) {
      this.#trouble.value = 'framed';
      return;
    }
    const port = this.#o.open();
    if (!port) {
      this.#trouble.value = 'unreachable';
      return;
    }
    this.#port = port;
    this.#cancelTimer = this.#o.clock.after(READY_TIMEOUT, () => this.#fail('unreachable'));
    void this.#introduce(port);
  }

  /** Begin again after a trouble. */
  retry(): void {
    this.leave();
    this.prepare();
  }

  /** Let the page record from now on, in epochs above this one. Only once. */
  start(epoch: number): void {
    this.send({ t: 'start', epoch });
    this.#started.value = true;
  }

  send(message: FrameToPage): void {
    this.#port?.postMessage(message);
  }

  /** Have the page take everything away, and let go of it. */
  leave(): void {
    this.send({ t: 'stop' });
    this.#close();
    this.#trouble.value = null;
  }

  async #introduce(port: PagePort): Promise<void> {
    let rules: SiteRules;
    try {
      rules = await this.#o.rules();
    } catch {
      if (port === this.#port) this.#fail('unreachable');
      return;
    }
    if (port !== this.#port) return;
    port.onmessage = ({ data }) => {
      if (data.t === 'ready') this.#isReady(rules);
      else if (data.t === 'trouble') this.#fail(data.why);
      else this.#o.receive(data);
    };
    port.postMessage({ t: 'prepare', rules, words: this.#o.words });
  }

  #isReady(rules: SiteRules): void {
    this.#cancelTimer();
    this.#ready.value = rules;
  }

  #fail(why: LinkTrouble): void {
    this.leave();
    this.#trouble.value = why;
  }

  #close(): void {
    this.#cancelTimer();
    const port = this.#port;
    this.#port = null;
    this.#started.value = false;
    this.#ready.value = null;
    if (!port) return;
    port.onmessage = null;
    port.close();
  }
}
