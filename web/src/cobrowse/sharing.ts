/**
 * A shopper's side of co-browsing in our frame: consent, the line to the server, the end.
 *
 *            asked / wish                allow              ack
 *   idle ───────────────► asked, wished ───────► starting ───────► on
 *     ▲                        │ decline, withdrawn                │ stop, cobrowse_ended,
 *     └────────────────────────┴───────────────────────────────────┘ refused
 *   elsewhere: another tab of this shopper shows its page.
 *
 * The conversation's state says what holds; this adds what only this tab knows: that it is the
 * tab which shows its page (`place.ts`), and what was granted here (`control.ts`). What the
 * shopper stops, pauses or takes back is stopped in the page first, and the server is told after.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Clock } from '@/client/clock.ts';
import type { Connection } from '@/client/connection.ts';
import type { Entry } from '@/client/entries.ts';
import { Refused } from '@/client/frames.ts';
import type {
  CobrowseEnded,
  CobrowseState,
  ConversationState,
  Page,
} from '@/client/protocol.gen.ts';
import type { PageToFrame } from './bridge.ts';
import { Control } from './control.ts';
import { type LinkTrouble, PageLink, type PageLinkOptions } from './pagelink.ts';
import { Pausing } from './pausing.ts';
import { type Keeping, Place, type Remembered } from './place.ts';
import { SharerSocket, type SharerSocketOptions } from './socket.ts';
import type { Curtain, Masked, PageShown, ServerFrame, Viewer, Welcome } from './wire.gen.ts';

/** The version of the words that are agreed to (`widget/strings.*.ts`). */
const CONSENT = 'view-1';
const SNAPSHOT = 1; // the kind of a binary frame that begins an epoch

export type SharingPhase = 'idle' | 'asked' | 'wished' | 'starting' | 'on' | 'elsewhere';

export interface SharingOptions {
  connection: Pick<Connection, 'send' | 'now'>;
  thread: {
    readonly state: ReadonlySignal<ConversationState | null>;
    readonly entries: ReadonlySignal<Entry[]>;
  };
  /** The shop's page, without query and fragment. */
  page: () => Page | null;
  lang: string;
  keeping: Keeping;
  clock: Clock;
  link: Omit<PageLinkOptions, 'receive' | 'clock'>;
  socket: Pick<SharerSocketOptions, 'url' | 'token' | 'socket'>;
}

export class Sharing {
  readonly control: Control;
  readonly pausing: Pausing;
  readonly #o: SharingOptions;
  readonly #link: PageLink;
  readonly #place: Place;
  readonly #socket: SharerSocket;
  readonly #wished = signal(false);
  readonly #starting = signal(false);
  readonly #failed = signal(false);
  readonly #done = signal<string | null>(null); // declined or stopped here, before the server knows
  readonly #over = signal<string | null>(null); // the last one of this tab
  readonly #viewers = signal<Viewer[]>([]);
  readonly #preview = signal(false);
  #newest: { page?: PageShown; curtain?: Curtain; masked?: Masked } = {};
  #epoch = 0;
  #confirmed = false; // the conversation's state has known it since this page began
  #recalled = false; // begun on the shop's page before

  /** The co-browsing of the conversation that is asked for or on, wherever it is shown. */
  readonly cobrowse: ReadonlySignal<CobrowseState | null> = computed(() => {
    const state = this.#o.thread.state.value?.cobrowse ?? null;
    return state && state.id !== this.#done.value ? state : null;
  });
  readonly phase: ReadonlySignal<SharingPhase> = computed(() => {
    if (this.#place.id.value) return 'on';
    if (this.#starting.value) return 'starting';
    const state = this.cobrowse.value?.state;
    if (state === 'asked') return 'asked';
    if (state) return 'elsewhere';
    return this.#wished.value ? 'wished' : 'idle';
  });
  /** Who sees the page now; nobody while the line is down. */
  readonly viewers: ReadonlySignal<Viewer[]> = computed(() => this.#viewers.value);
  readonly connected: ReadonlySignal<boolean> = computed(() => this.#socket.state.value === 'open');
  /** The page is prepared: it can be shown, and so can what will be seen of it. */
  readonly ready: ReadonlySignal<boolean> = computed(() => this.#link.ready.value !== null);
  readonly trouble: ReadonlySignal<LinkTrouble | null> = computed(() => this.#link.trouble.value);
  /** The server did not take the consent. */
  readonly failed: ReadonlySignal<boolean> = computed(() => this.#failed.value);
  /** Covers lie over what stays hidden, in the page. */
  readonly preview: ReadonlySignal<boolean> = computed(() => this.#preview.value);
  /** How the last one of this tab ended, until it is dismissed. */
  readonly ended: ReadonlySignal<Pick<CobrowseEnded, 'reason' | 'seconds'> | null> = computed(
    () => {
      const id = this.#over.value;
      if (!id || this.phase.value !== 'idle') return null;
      for (const { event } of this.#o.thread.entries.value) {
        if (event.kind === 'cobrowse_ended' && event.cobrowse === id) return event;
      }
      return { reason: 'stopped' };
    },
  );

  constructor(options: SharingOptions) {
    this.#o = options;
    const { clock, connection } = options;
    const { cobrowse } = this;
    this.#link = new PageLink({ ...options.link, clock, receive: (it) => this.#fromPage(it) });
    this.#place = new Place(options.keeping, connection);
    const parts = { cobrowse, link: this.#link, place: this.#place };
    this.control = new Control({ ...parts, connection, clock });
    this.pausing = new Pausing(parts);
    this.#socket = new SharerSocket({
      ...options.socket,
      clock,
      hello: () => ({
        cobrowse: this.#place.now?.id ?? '',
        resume: this.#place.now?.resume ?? null,
        page: urlOf(options.page()),
      }),
      welcome: (frame) => this.#welcomed(frame),
      receive: (frame) => this.#fromServer(frame),
      choke: (on) => this.#link.send({ t: 'choke', on }),
    });
    const before = this.#place.recall();
    if (before) {
      this.#recalled = true;
      this.#begin(before);
      this.control.recall();
    }
    this.#follow();
  }

  /** The shopper would like to show their page: they are told what that is before it happens. */
  wish(): void {
    batch(() => {
      this.#over.value = null;
      this.#failed.value = false;
      this.#wished.value = true;
    });
  }

  /** Show the page: the shopper has consented. */
  async allow(): Promise<void> {
    const rules = this.#link.ready.value;
    const conv = this.#o.thread.state.value?.id;
    if (!rules || !conv || !['asked', 'wished'].includes(this.phase.value)) return;
    const asked = this.cobrowse.value?.id;
    this.#starting.value = true;
    this.#failed.value = false;
    try {
      const ack = await this.#o.connection.send({
        t: 'cobrowse.start',
        conv,
        consent: CONSENT,
        lang: this.#o.lang,
        masking: rules.version,
        ...(asked ? { cobrowse: asked } : {}),
      });
      this.#recalled = false;
      if (ack.cobrowse) this.#begin({ conv, id: ack.cobrowse, resume: null, epoch: 0 });
    } catch (error) {
      // Withdrawn, or allowed in another tab, under the click: the state tells that better.
      const over =
        error instanceof Refused && ['no_cobrowse', 'cobrowse_exists'].includes(error.code);
      this.#failed.value = !over;
    }
    batch(() => {
      this.#starting.value = false;
      if (!this.#failed.value) this.#wished.value = false;
    });
  }

  /** Do not show the page. */
  decline(): void {
    const asked = this.cobrowse.value;
    const conv = this.#o.thread.state.value?.id;
    batch(() => {
      this.#wished.value = false;
      this.#failed.value = false;
      if (asked?.state === 'asked') this.#done.value = asked.id;
    });
    if (asked?.state === 'asked') {
      this.#place.say({ t: 'cobrowse.decline', cobrowse: asked.id }, conv);
    }
  }

  /** Have the page prepared once more. */
  retry(): void {
    this.#link.retry();
  }

  /** Show what stays hidden, on the page; nothing leaves it. */
  setPreview(on: boolean): void {
    this.#preview.value = on;
    this.#link.send({ t: 'preview', on });
  }

  /** End it, here or in the other tab: in the page first. */
  stop(): void {
    const id = this.#place.id.value ?? this.cobrowse.value?.id;
    const conv = this.#place.now?.conv ?? this.#o.thread.state.value?.id;
    if (!id) return;
    this.#finish(id);
    this.#place.say({ t: 'cobrowse.end', cobrowse: id }, conv);
  }

  /** The server's clock, in ms since 1970. */
  now(): number {
    return this.#o.connection.now();
  }

  dismissEnded(): void {
    this.#over.value = null;
  }

  /** The browser came online, or the page is looked at again. */
  wake(): void {
    this.#socket.wake();
  }

  #begin(mine: Remembered): void {
    this.#confirmed = false;
    this.#epoch = mine.epoch;
    this.#newest = {};
    this.pausing.forget();
    batch(() => {
      this.#over.value = null;
      this.#place.put(mine);
    });
    this.#socket.stop();
    this.#socket.start();
  }

  #follow(): void {
    effect(() => {
      if (['idle', 'elsewhere'].includes(this.phase.value)) {
        this.#preview.value = false;
        this.#link.leave();
      } else this.#link.prepare();
    });
    effect(() => {
      if (this.ready.value) this.#start();
    });
    effect(() => {
      // Viewers would take the last page for this one.
      if (!this.trouble.value || !this.connected.value) return;
      this.#socket.send({ t: 'curtain', down: true, reason: 'page' });
    });
    effect(() => {
      if (!this.#place.id.value) return;
      if (this.#socket.state.value === 'refused') this.#finish(null);
      else if (this.#socket.state.value === 'lost') this.#lost();
    });
    effect(() => this.#followState());
    effect(() => this.pausing.follow());
    effect(() => this.control.follow());
  }

  /** End here what the conversation says is over. */
  #followState(): void {
    const state = this.#o.thread.state.value;
    const id = this.#place.id.value;
    const mine = this.#place.now;
    if (!state || !id || !mine) return;
    const known = state.cobrowse?.id === id && state.cobrowse.state !== 'asked';
    if (known) this.#confirmed = true;
    // The acknowledgement of a start may come before its event.
    else if (this.#confirmed || this.#recalled || state.id !== mine.conv) this.#finish(id);
  }

  /** Let the page record, as soon as it and the line are ready. */
  #start(before: Curtain | null = null): void {
    if (!this.connected.peek() || !this.#link.ready.peek()) return;
    const anew = !this.#link.started.peek();
    if (anew) this.pausing.renew(before);
    if (anew) this.#link.start(this.#epoch);
    else this.#link.send({ t: 'sharing', on: true });
    this.#link.send({ t: 'viewers', viewers: this.#viewers.peek() });
    if (anew) this.control.renew();
  }

  #welcomed(frame: Welcome): void {
    this.#epoch = Math.max(this.#epoch, frame.epoch);
    this.#place.note({ resume: frame.resume ?? null, epoch: this.#epoch });
    // Another node may not know what this page said on the line before.
    const { curtain, page, masked } = this.#newest;
    for (const said of [curtain, page, masked]) if (said) this.#socket.send(said);
    this.#viewers.value = frame.viewers ?? [];
    this.#start(frame.curtain ?? null);
  }

  #fromServer(frame: Exclude<ServerFrame, { t: 'welcome' | 'ping' | 'bye' }>): void {
    switch (frame.t) {
      case 'viewers':
        this.#setViewers(frame.viewers);
        return;
      case 'snapshot':
      case 'pointer':
      case 'stroke':
      case 'highlight':
      case 'clear':
      case 'operate':
        this.#link.send(frame);
        return;
      default: // what viewers are told, or of a newer server
    }
  }

  #fromPage(message: Exclude<PageToFrame, { t: 'ready' | 'trouble' }>): void {
    switch (message.t) {
      case 'data':
        this.#noteEpoch(message.data);
        this.#socket.sendData(message.data);
        return;
      case 'page':
        this.#newest.page = message;
        this.pausing.said(null);
        this.#socket.send(message);
        return;
      case 'curtain':
        this.#newest.curtain = message;
        this.pausing.said(message);
        this.#socket.send(message);
        return;
      case 'masked':
        this.#newest.masked = message;
        this.#socket.send(message);
        return;
      case 'operated':
        this.#socket.send(message);
        return;
      case 'preview':
        this.#preview.value = message.on;
        return;
      case 'released':
        this.control.released(message.grant, message.expired);
        return;
      case 'stopped':
        this.stop();
    }
  }

  #lost(): void {
    this.#setViewers([]);
    if (this.#link.started.peek()) this.#link.send({ t: 'sharing', on: false });
  }

  #setViewers(viewers: Viewer[]): void {
    this.#viewers.value = viewers;
    if (this.#link.started.peek()) this.#link.send({ t: 'viewers', viewers });
  }

  #noteEpoch(data: ArrayBuffer): void {
    const view = new DataView(data);
    if (data.byteLength < 8 || view.getUint8(1) !== SNAPSHOT) return;
    this.#epoch = Math.max(this.#epoch, view.getUint32(4));
    this.#place.note({ epoch: this.#epoch });
  }

  /** Let go of it here. `done`: what must not be shown again before the server says so. */
  #finish(done: string | null): void {
    const mine = this.#place.id.peek();
    this.#socket.stop();
    this.pausing.forget();
    batch(() => {
      this.#viewers.value = [];
      this.#starting.value = false;
      if (done) this.#done.value = done;
      if (mine && done) this.#over.value = mine;
      this.#place.put(null);
    });
  }
}

/** A paused page's title is its own: the page tells it when it may be told. */
function urlOf(page: Page | null): Page | null {
  return page && { url: page.url };
}
