/**
 * A person's part in the call of one conversation; knows no DOM.
 *
 * ```
 *            prepare            start / join          the other came, media flows
 *   idle ───────────► preparing ───────────► ringing / connecting ───────────► live ⇄ reconnecting
 *    │ call_started                                                             │ hang up, call_ended
 *    └────► incoming ──prepare──► …                                   ended ◄───┘
 * ```
 *
 * The call itself (who is in it, what they send) is in the conversation's state; this client adds
 * what only this tab knows: its devices (`capture.ts`), its connection (`link.ts`) and whether it
 * is this tab that takes part. What was on is remembered per tab, so that the next page of the
 * shop goes on without a prompt.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import type { CallMemory, Media } from './callmemory.ts';
import { type Capture, type DeviceKind, type Trouble } from './capture.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { Refused } from './frames.ts';
import { Link, type LinkState, type RtcParts } from './link.ts';
import type { Source } from './negotiation.ts';
import type { Remote } from './peer.ts';
import type {
  CallEnded,
  CallState,
  ConversationState,
  Event,
  Person,
  ServerFrame,
} from './protocol.gen.ts';

export type CallPhase =
  | 'idle' // no call
  | 'preparing' // devices are looked at before the call
  | 'incoming' // somebody offers a call, or one is on that we are not in
  | 'declined' // the same, and we said not now or left
  | 'elsewhere' // another tab of ours is in it
  | 'ringing' // we are in, nobody else yet
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'ended';

export interface Intent {
  readonly action: 'start' | 'join';
  readonly media: readonly Media[];
  readonly private?: boolean;
}

export interface Ended {
  readonly call: string;
  readonly reason: CallEnded['reason'] | 'unknown';
  readonly seconds: number;
  readonly by: Person | null;
}

/** Somebody asks us to turn `media` on. */
export interface Asked {
  readonly by: Person;
  readonly media: Media;
}

/** Tells the other tabs of this browser that this one has taken the call over. */
export interface TabChannel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export interface CallOptions {
  connection: Pick<Connection, 'state' | 'you' | 'send' | 'offer' | 'frame' | 'setActive'>;
  thread: { readonly state: ReadonlySignal<ConversationState | null> };
  capture: Capture;
  rtc: RtcParts;
  memory: CallMemory;
  clock: Clock;
  /** ICE servers for this session; asked for once, ahead of the first call. */
  ice: () => Promise<RTCConfiguration>;
  tabs?: TabChannel;
}

const SPEAKING = 50; // -dBov; quieter is breath and fans
const FRESH = 30_000; // ms; an older request to turn something on is not shown any more

export class CallClient {
  readonly capture: Capture;
  readonly #o: CallOptions;
  readonly #link: Link;
  readonly #part = signal<'out' | 'entering' | 'in'>('out');
  readonly #id = signal<string | null>(null);
  readonly #intent = signal<Intent | null>(null);
  readonly #declined = signal<string | null>(null);
  readonly #ended = signal<Ended | null>(null);
  readonly #refusal = signal<Refused['code'] | null>(null);
  readonly #asked = signal<Asked | null>(null);
  readonly #mic = signal(true);
  readonly #lines = signal<ReadonlySet<Source>>(new Set());
  readonly #speaking = signal<ReadonlySet<string>>(new Set());
  readonly #quality = signal<Readonly<Record<string, number>>>({});
  readonly #stop: (() => void)[] = [];
  #seen = false; // the state has shown us as a member of this call
  #reported = ''; // the media that the server was last told
  #reporting = false;

  constructor(options: CallOptions) {
    this.#o = options;
    this.capture = options.capture;
    this.#link = new Link({
      rtc: options.rtc,
      clock: options.clock,
      generation: () => options.memory.generation(options.clock.now()),
      offer: (offer) => {
        const state = options.thread.state.peek();
        const call = this.#id.peek();
        if (!state || !call) return Promise.reject(new Refused('no_call'));
        return options.connection.offer({ t: 'rtc.offer', conv: state.id, call, ...offer });
      },
      refused: (error) => this.#offerRefused(error),
    });
    this.#stop.push(
      options.connection.frame((frame) => this.#frame(frame)),
      effect(() => this.#link.wireChanged(options.connection.state.value === 'online')),
      effect(() => options.connection.setActive(this.#part.value !== 'out')),
      effect(() => this.#send()),
      effect(() => this.#follow()),
    );
    if (options.tabs) options.tabs.onmessage = ({ data }) => this.#tabSaid(data);
    options.ice().then(
      (ice) => this.#link.configure(ice),
      () => {}, // without relays the direct way still works in most networks
    );
    this.#warm();
  }

  /** The call that is on in the conversation, whoever is in it. */
  readonly call: ReadonlySignal<CallState | null> = computed(
    () => this.#o.thread.state.value?.call ?? null,
  );
  readonly me: ReadonlySignal<Person | null> = computed(() => this.#o.connection.you.value);
  readonly phase: ReadonlySignal<CallPhase> = computed(() => this.#phase());
  /** Whether this tab takes part. */
  readonly joined: ReadonlySignal<boolean> = computed(() => this.#part.value !== 'out');
  readonly remotes: ReadonlySignal<readonly Remote[]> = computed(() => this.#link.remotes.value);
  readonly link: ReadonlySignal<LinkState> = computed(() => this.#link.state.value);
  readonly trouble: ReadonlySignal<Trouble | null> = computed(() => this.capture.trouble.value);
  /** Microphone on: it is open and not muted. */
  readonly micOn = computed(() => this.#mic.value && this.capture.tracks.value.has('audio'));
  readonly cameraOn = computed(() => this.capture.tracks.value.has('camera'));
  readonly screenOn = computed(() => this.capture.tracks.value.has('screen'));
  /** False for an expert whose link does not let them speak. */
  readonly maySend = computed(() => {
    const me = this.me.value;
    const seat = this.#o.thread.state.value?.experts?.find(({ person }) => person.id === me?.id);
    return !seat || seat.scope.includes('speak');
  });
  /** The others consult privately: they are in the call, and nothing of them can be received. */
  readonly onHold = computed(() => {
    const me = this.me.value;
    const call = this.call.value;
    if (me?.role !== 'visitor' || call?.state !== 'active' || !this.#seen) return false;
    const others = call.members.filter(({ person }) => person.id !== me.id);
    return (
      others.length > 0 &&
      others.every(({ media }) => media.length === 0) &&
      this.#link.state.value === 'up' &&
      this.#link.remotes.value.length === 0
    );
  });

  get intent(): ReadonlySignal<Intent | null> {
    return this.#intent;
  }

  get ended(): ReadonlySignal<Ended | null> {
    return this.#ended;
  }

  /** Why the last command was refused; stays until the next one. */
  get refusal(): ReadonlySignal<Refused['code'] | null> {
    return this.#refusal;
  }

  get asked(): ReadonlySignal<Asked | null> {
    return this.#asked;
  }

  /** Ids of those who speak now. */
  get speaking(): ReadonlySignal<ReadonlySet<string>> {
    return this.#speaking;
  }

  /** Person id -> 1 (unusable) .. 5 (excellent). */
  get quality(): ReadonlySignal<Readonly<Record<string, number>>> {
    return this.#quality;
  }

  /** Begins with a look at the devices; `start` or `join` goes on. */
  prepare(intent: Intent): void {
    batch(() => {
      this.#ended.value = null;
      this.#refusal.value = null;
      this.#intent.value = intent;
    });
  }

  /** Goes back from `prepare`. */
  cancel(): void {
    this.#intent.value = null;
    if (this.#part.value === 'out') this.capture.release();
  }

  /** Offers a call to the others, and is in it. */
  async start(media: readonly Media[], isPrivate = false): Promise<void> {
    const conv = this.#o.thread.state.value?.id;
    if (!conv || this.#part.value !== 'out') return;
    await this.#enter(media, async (sent) => {
      const draft = { t: 'call.start', conv, media: [...sent] } as const;
      const ack = await this.#o.connection.send(isPrivate ? { ...draft, private: true } : draft);
      return ack.call ?? this.call.value?.id ?? null;
    });
  }

  /** Consents to the call that is on. */
  async join(media: readonly Media[]): Promise<void> {
    const conv = this.#o.thread.state.value?.id;
    const call = this.call.value?.id;
    if (!conv || !call || this.#part.value !== 'out') return;
    await this.#enter(media, async (sent) => {
      if (!this.#isMember()) {
        await this.#o.connection.send({ t: 'call.join', conv, call, media: [...sent] });
      }
      return call;
    });
  }

  /** Takes the call over from another tab or window of ours. */
  takeOver(media: readonly Media[]): Promise<void> {
    this.#o.tabs?.postMessage({ taken: this.call.value?.id });
    return this.join(media);
  }

  /** Lets another window go on with the call: everything here closes, and nobody is told. */
  detach(): void {
    this.#release(null);
  }

  /** Goes on with what this side can be asked to turn on, or not. */
  dismissAsked(): void {
    this.#asked.value = null;
  }

  dismissEnded(): void {
    this.#ended.value = null;
  }

  async decline(): Promise<void> {
    const call = this.call.value?.id;
    if (!call) return;
    batch(() => {
      this.#declined.value = call;
      this.#intent.value = null;
    });
    this.capture.release();
    await this.#command('call.decline', call);
  }

  /** Leaves. Between two it ends the call, so that nobody is left waiting alone. */
  async hangUp(): Promise<void> {
    const call = this.#id.value ?? this.call.value?.id;
    const members = this.call.value?.members.length ?? 0;
    const alone = members <= 2 && this.me.value?.role !== 'expert';
    this.#release(null);
    if (!call) return;
    this.#declined.value = call;
    await this.#command(alone ? 'call.end' : 'call.leave', call);
  }

  async endForAll(): Promise<void> {
    const call = this.#id.value ?? this.call.value?.id;
    this.#release(null);
    if (call) await this.#command('call.end', call);
  }

  /** Lets a private call ring at the visitor. */
  async openToVisitor(): Promise<void> {
    const call = this.call.value?.id;
    if (call) await this.#command('call.open', call);
  }

  /** Asks the other side to turn something on. */
  async ask(media: Media): Promise<void> {
    const call = this.call.value?.id;
    const conv = this.#o.thread.state.value?.id;
    if (call && conv) await this.#try({ t: 'call.ask', conv, call, media });
  }

  async setMic(on: boolean): Promise<void> {
    this.#mic.value = on;
    if (on) await this.#turnOn('audio');
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) await this.#turnOn('video');
    else this.capture.close('camera');
  }

  /** Must be called from a click: the browser asks which window to share. */
  async setScreen(on: boolean): Promise<void> {
    if (on) await this.capture.openScreen();
    else this.capture.closeScreen();
  }

  /** The browser came online, changed its network, or woke. */
  wake(): void {
    this.#link.hurry();
  }

  /** The connection's figures; null when there is none. */
  stats(): Promise<RTCStatsReport> | null {
    return this.#link.stats();
  }

  /** Lets go of everything; for a page that goes away. The call stays ours. */
  dispose(): void {
    for (const stop of this.#stop) stop();
    if (this.#o.tabs) this.#o.tabs.onmessage = null;
    this.capture.release();
    this.#link.close();
  }

  #phase(): CallPhase {
    const call = this.call.value;
    if (this.#part.value !== 'out') {
      if (this.#link.state.value === 'lost') return 'reconnecting';
      if (!call || call.state === 'ringing') return 'ringing';
      return this.#link.state.value === 'up' ? 'live' : 'connecting';
    }
    if (this.#intent.value) return 'preparing';
    if (!call) return this.#ended.value ? 'ended' : 'idle';
    if (this.#declined.value === call.id) return 'declined';
    return this.#isMember() ? 'elsewhere' : 'incoming';
  }

  /** On the next page: opens devices and connection before the server has told anything. */
  #warm(): void {
    const remembered = this.#o.memory.call;
    if (!remembered) return;
    this.#mic.value = remembered.media.includes('audio');
    this.#link.open();
    void this.capture.open(kindsOf(remembered.media));
  }

  async #enter(
    media: readonly Media[],
    consent: (sent: readonly Media[]) => Promise<string | null>,
  ): Promise<void> {
    const wanted = this.maySend.value ? media : [];
    batch(() => {
      this.#part.value = 'entering';
      this.#intent.value = null;
      this.#ended.value = null;
      this.#refusal.value = null;
      this.#seen = false;
      this.#mic.value = wanted.includes('audio') || this.#mic.value;
      this.#lines.value = new Set(linesOf(wanted));
      this.#reported = key(wanted);
    });
    this.#link.open();
    // Devices, consent and connection at the same time: none waits for the other.
    const devices = this.capture.open(kindsOf(wanted)).then(() => this.#dropEmptyLines());
    try {
      const call = await consent(wanted);
      if (this.#part.value !== 'entering') return; // hung up meanwhile
      if (!call) throw new Refused('no_call');
      this.#admit(call, wanted);
    } catch (error) {
      this.#release(null);
      this.#refusal.value = error instanceof Refused ? error.code : 'internal';
      return;
    }
    await devices;
  }

  #admit(call: string, media: readonly Media[]): void {
    batch(() => {
      this.#id.value = call;
      this.#part.value = 'in';
    });
    this.#remember(media);
    this.#link.admit();
    this.#report();
  }

  #remember(media: readonly Media[]): void {
    const conv = this.#o.thread.state.peek()?.id;
    const call = this.#id.peek();
    if (conv && call) this.#o.memory.remember({ conv, call, media });
  }

  /** An m-line that was opened ahead for a device which did not come is of no use. */
  #dropEmptyLines(): void {
    const tracks = this.capture.tracks.value;
    const lines = [...this.#lines.value].filter((source) => tracks.has(source));
    if (lines.length < this.#lines.value.size) this.#lines.value = new Set(lines);
    this.#report();
  }

  async #turnOn(kind: DeviceKind): Promise<void> {
    await this.capture.open([kind]);
  }

  /** Keeps what is sent equal to what is open here. */
  #send(): void {
    const tracks = this.capture.tracks.value;
    const microphone = tracks.get('audio');
    if (microphone) microphone.enabled = this.#mic.value;
    const part = this.#part.value;
    if (part === 'out') return;
    const lines = new Set([...this.#lines.value, ...tracks.keys()]);
    for (const source of ['screen', 'screen-audio'] as const) {
      if (!tracks.has(source)) lines.delete(source);
    }
    if (lines.size > this.#lines.peek().size) this.#lines.value = lines;
    this.#link.send(new Map([...lines].map((source) => [source, tracks.get(source) ?? null])));
    this.#report();
  }

  /** Tells the others what is on, one command at a time, the newest state last. */
  async #report(): Promise<void> {
    if (this.#reporting) return;
    this.#reporting = true;
    try {
      for (;;) {
        const media = this.#media();
        const conv = this.#o.thread.state.peek()?.id;
        const call = this.#id.peek();
        if (this.#part.peek() !== 'in' || !conv || !call || key(media) === this.#reported) return;
        this.#reported = key(media);
        this.#remember(media);
        await this.#try({ t: 'call.media', conv, call, media });
      }
    } finally {
      this.#reporting = false;
    }
  }
