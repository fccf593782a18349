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
import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  signal,
  untracked,
} from '@preact/signals-core';
import { CallCommands, type RefusalCode } from './callcommands.ts';
import type { CallMemory, Media } from './callmemory.ts';
import { type Asked, CallNews, type Ended } from './callnews.ts';
import type { Capture, DeviceKind, Trouble } from './capture.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { Refused } from './frames.ts';
import { Link, type RtcParts } from './link.ts';
import { Outgoing } from './outgoing.ts';
import type { Remote } from './peer.ts';
import type { CallState, ConversationState, Person, ServerFrame } from './protocol.gen.ts';

export type { Asked, Ended, Media };

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

/** Tells the other tabs of this browser that this one has taken the call over. */
export interface TabChannel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export interface CallOptions {
  connection: Pick<Connection, 'state' | 'you' | 'now' | 'send' | 'offer' | 'frame' | 'setActive'>;
  thread: { readonly state: ReadonlySignal<ConversationState | null> };
  capture: Capture;
  rtc: RtcParts;
  memory: CallMemory;
  clock: Clock;
  /** ICE servers for this session; kept as long as they are valid by whoever gives them. */
  ice: () => Promise<RTCConfiguration>;
  tabs?: TabChannel;
}

export class CallClient {
  readonly capture: Capture;
  readonly #o: CallOptions;
  readonly #link: Link;
  readonly #news = new CallNews();
  readonly #outgoing: Outgoing;
  readonly #part = signal<'out' | 'entering' | 'in'>('out');
  readonly #id = signal<string | null>(null);
  readonly #intent = signal<Intent | null>(null);
  readonly #declined = signal<string | null>(null);
  readonly #commands: CallCommands;
  readonly #stop: (() => void)[];
  #seen = false; // the state has shown us as a member of this call

  /** The call that is on in the conversation, whoever is in it. */
  readonly call: ReadonlySignal<CallState | null> = computed(
    () => this.#o.thread.state.value?.call ?? null,
  );
  readonly me: ReadonlySignal<Person | null> = computed(() => this.#o.connection.you.value);
  readonly phase: ReadonlySignal<CallPhase> = computed(() => this.#phase());
  /** Whether this tab takes part. */
  readonly joined: ReadonlySignal<boolean> = computed(() => this.#part.value !== 'out');
  readonly remotes: ReadonlySignal<readonly Remote[]> = computed(() => this.#link.remotes.value);
  readonly trouble: ReadonlySignal<Trouble | null> = computed(() => this.capture.trouble.value);
  /** Microphone open and not muted. */
  readonly micOn = computed(() => this.#outgoing.media.value.includes('audio'));
  readonly cameraOn = computed(() => this.#outgoing.media.value.includes('video'));
  readonly screenOn = computed(() => this.#outgoing.media.value.includes('screen'));
  /** False for an expert whose link does not let them speak. */
  readonly maySend = computed(() => {
    const me = this.me.value;
    const seat = this.#o.thread.state.value?.experts?.find(({ person }) => person.id === me?.id);
    return !seat || seat.scope.includes('speak');
  });
  /** The others consult privately: they are in the call, and nothing of them can be received. */
  readonly onHold = computed(() => {
    const others = this.others.value;
    return (
      this.me.value?.role === 'visitor' &&
      this.#link.state.value === 'up' &&
      others.length > 0 &&
      others.every(({ media }) => media.length === 0) &&
      this.#news.publications(this.call.value?.id ?? null)?.length === 0
    );
  });
  /** The members but us. */
  readonly others = computed(() => {
    const me = this.me.value?.id;
    return this.call.value?.members.filter(({ person }) => person.id !== me) ?? [];
  });

  constructor(options: CallOptions) {
    const { connection, thread, memory, clock } = options;
    this.#o = options;
    this.capture = options.capture;
    this.#commands = new CallCommands(connection, thread.state);
    this.#link = new Link({
      rtc: options.rtc,
      clock,
      generation: () => memory.generation(clock.now()),
      offer: (offer) => {
        const conv = thread.state.peek()?.id;
        const call = this.#id.peek();
        if (!conv || !call) return Promise.reject(new Refused('no_call'));
        return connection.offer({ t: 'rtc.offer', conv, call, ...offer });
      },
      refused: (error) => this.#offerRefused(error),
    });
    this.#outgoing = new Outgoing(options.capture, {
      send: (sending) => this.#link.send(sending),
      report: (media) => this.#report(media),
    });
    this.#warm();
    this.#stop = [
      connection.frame((frame) => this.#frame(frame)),
      effect(() => this.#link.wireChanged(connection.state.value === 'online')),
      effect(() => this.#receive()),
      effect(() => connection.setActive(this.joined.value)),
      effect(() => this.#follow()),
      () => this.#outgoing.dispose(),
    ];
    if (options.tabs) options.tabs.onmessage = ({ data }) => this.#tabSaid(data);
    void this.#ice();
  }

  get intent(): ReadonlySignal<Intent | null> {
    return this.#intent;
  }

  get ended(): ReadonlySignal<Ended | null> {
    return this.#news.ended;
  }

  /** Why the last command was refused; stays until the next one. */
  get refusal(): ReadonlySignal<RefusalCode | null> {
    return this.#commands.refusal;
  }

  get asked(): ReadonlySignal<Asked | null> {
    return this.#news.asked;
  }

  /** Ids of those who speak now. */
  get speaking(): ReadonlySignal<ReadonlySet<string>> {
    return this.#news.speaking;
  }

  /** Person id -> 1 (unusable) .. 5 (excellent). */
  get quality(): ReadonlySignal<Readonly<Record<string, number>>> {
    return this.#news.quality;
  }

  /** Begins with a look at the devices; `start` or `join` goes on. */
  prepare(intent: Intent): void {
    batch(() => {
      this.#news.ended.value = null;
      this.#commands.refusal.value = null;
      this.#intent.value = intent;
    });
  }

  /**
   * Goes on from `prepare` with what can be sent. Must be called from a click when a screen is
   * shared; that question comes first, because the click does not count for long.
   */
  async proceed(media: readonly Media[]): Promise<void> {
    const intent = this.#intent.value;
    if (!intent) return;
    const sent = media.filter((item) => item !== 'screen' || this.maySend.value);
    const screen = sent.includes('screen') && (await this.capture.openScreen());
    const rest = sent.filter((item) => item !== 'screen' || screen);
    if (intent.action === 'start') await this.start(rest, intent.private);
    else await this.join(rest);
  }

  /** Goes back from `prepare`. */
  cancel(): void {
    this.#intent.value = null;
    if (!this.joined.value) this.capture.release();
  }

  /** Offers a call to the others, and is in it. */
  start(media: readonly Media[], isPrivate = false): Promise<void> {
    return this.#enter(media, (sent) => this.#commands.start(sent, isPrivate));
  }

  /** Consents to the call that is on. */
  async join(media: readonly Media[]): Promise<void> {
    const call = this.call.value?.id;
    if (!call) return;
    await this.#enter(media, async (sent) => {
      if (!this.#isMember()) await this.#commands.join(call, sent);
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
    this.#release();
  }

  dismissAsked(): void {
    this.#news.asked.value = null;
  }

  dismissEnded(): void {
    this.#news.ended.value = null;
  }

  dismissRefusal(): void {
    this.#commands.refusal.value = null;
  }

  async decline(): Promise<void> {
    const call = this.call.value?.id;
    if (!call) return;
    batch(() => {
      this.#declined.value = call;
      this.#intent.value = null;
    });
    this.capture.release();
    await this.#commands.say('call.decline', call);
  }

  /** Leaves. Between two it ends the call, so that nobody is left waiting alone. */
  async hangUp(): Promise<void> {
    const pair = this.others.value.length <= 1 && this.me.value?.role !== 'expert';
    await this.#quit(pair ? 'call.end' : 'call.leave');
  }

  endForAll(): Promise<void> {
    return this.#quit('call.end');
  }

  /** Lets a private call ring at the visitor. */
  async openToVisitor(): Promise<void> {
    const call = this.call.value?.id;
    if (call) await this.#commands.say('call.open', call);
  }

  /** Asks the other side to turn something on. */
  async ask(media: Media): Promise<void> {
    const call = this.call.value?.id;
    if (call) await this.#commands.ask(call, media);
  }

  async setMic(on: boolean): Promise<void> {
    this.#outgoing.mic.value = on;
    if (on) await this.capture.open(['audio']);
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) await this.capture.open(['video']);
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

  /** Lets go of everything, for a page that goes away; the place in the call stays. */
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
    if (!call) return this.#news.ended.value ? 'ended' : 'idle';
    if (this.#declined.value === call.id) return 'declined';
    return this.#isMember() ? 'elsewhere' : 'incoming';
  }

  #isMember(): boolean {
    const me = this.me.value?.id;
    return this.call.value?.members.some(({ person }) => person.id === me) ?? false;
  }

  /** On the next page: opens devices and connection before the server has told anything. */
  #warm(): void {
    const remembered = this.#o.memory.call;
    if (!remembered) return;
    this.#outgoing.mic.value = remembered.media.includes('audio');
    this.#link.open();
    void this.capture.open(kindsOf(remembered.media));
  }

  #receive(): void {
    const publications = this.#news.publications(this.#id.value);
    if (!publications) return;
    this.#link.receive(publications);
    this.#o.memory.update({ publications });
  }

  /** Holds this tab's part against the conversation's state. */
  #follow(): void {
    const state = this.#o.thread.state.value;
    const me = this.me.value;
    if (!state || !me) return;
    const call = state.call ?? null;
    const member = this.#isMember();
    const part = this.#part.value;
    untracked(() => {
      if (part === 'in') this.#keep(call, member);
      else if (part === 'out') this.#resume(state.id, call);
    });
  }

  #keep(call: CallState | null, member: boolean): void {
    if (call?.id === this.#id.value && member) {
      this.#seen = true;
    } else if (call?.id === this.#id.value && call && this.#seen) {
      this.#removed();
    } else if (this.#seen) {
      const ended = {
        call: this.#id.value ?? '',
        reason: 'unknown',
        seconds: 0,
        by: null,
      } as const;
      this.#release();
      this.#news.ended.value ??= ended;
    }
  }

  /** We are no member any more: lost from the network we come back, otherwise that is it. */
  #removed(): void {
    const how = this.#news.left.get(this.me.value?.id ?? '') ?? 'lost';
    const media = this.#outgoing.media.value;
    const call = this.#id.value;
    if (how !== 'lost') {
      this.#release();
      this.#declined.value = call;
      return;
    }
    this.#seen = false;
    this.#news.left.clear();
    if (!call) return;
    this.#commands.join(call, media).then(
      () => this.#link.rebuild(),
      (error: unknown) => {
        this.#release();
        this.#commands.note(error);
      },
    );
  }

  /** A page of ours was in this call a moment ago: goes on with the same media, without asking. */
  #resume(conv: string, call: CallState | null): void {
    const remembered = this.#o.memory.call;
    if (!remembered) return;
    if (conv !== remembered.conv || call?.id !== remembered.call) {
      this.#release();
      return;
    }
    this.#link.receive(remembered.publications);
    const media = remembered.media.filter((item) => item !== 'screen'); // that needs a click
    void this.join(media);
  }

  async #enter(
    media: readonly Media[],
    consent: (sent: readonly Media[]) => Promise<string>,
  ): Promise<void> {
    if (this.#part.value !== 'out') return;
    const sent = this.maySend.value ? media : [];
    batch(() => {
      this.#part.value = 'entering';
      this.#intent.value = null;
      this.#news.ended.value = null;
      this.#commands.refusal.value = null;
      this.#outgoing.mic.value = sent.includes('audio');
      this.#outgoing.expect(sent);
    });
    this.#seen = false;
    this.#link.open();
    // Devices, consent and connection at the same time: none waits for the other.
    const devices = this.capture.open(kindsOf(sent));
    try {
      const [call, ice] = await Promise.all([consent(sent), this.#ice()]);
      if (this.#part.peek() !== 'entering') {
        await this.#commands.say('call.leave', call); // hung up meanwhile
        return;
      }
      this.#link.configure(ice);
      this.#admit(call, sent);
    } catch (error) {
      this.#release();
      this.#commands.note(error);
      return;
    }
    await devices;
    this.#outgoing.settle();
    this.#outgoing.begin(sent);
  }

  /** Without relays the direct way still works in most networks. */
  #ice(): Promise<RTCConfiguration> {
    return this.#o.ice().catch(() => ({}));
  }

  #admit(call: string, media: readonly Media[]): void {
    const conv = this.#o.thread.state.value?.id ?? '';
    const publications = this.#o.memory.call?.publications ?? [];
    this.#o.memory.remember({ conv, call, media, publications });
    batch(() => {
      this.#id.value = call;
      this.#part.value = 'in';
    });
    this.#link.admit();
  }

  async #report(media: Media[]): Promise<void> {
    const call = this.#id.peek();
    if (!call) return;
    this.#o.memory.update({ media });
    await this.#commands.media(call, media);
  }

  #release(): void {
    this.#o.memory.forget(); // first: `#follow` comes back into a call that is remembered
    this.#outgoing.end();
    batch(() => {
      this.#part.value = 'out';
      this.#id.value = null;
      this.#intent.value = null;
      this.#news.clear();
    });
    this.#link.close();
    this.capture.release();
  }

  async #quit(how: 'call.end' | 'call.leave'): Promise<void> {
    const call = this.#id.value ?? this.call.value?.id;
    this.#release();
    if (!call) return;
    this.#declined.value = call; // until the server has said it, it is no call that rings at us
    await this.#commands.say(how, call);
  }

  #offerRefused(error: unknown): void {
    if (!(error instanceof Refused)) return;
    if (error.code === 'no_call' || error.code === 'call_full') {
      this.#release();
      this.#commands.refusal.value = error.code;
    }
  }

  #frame(frame: ServerFrame): void {
    this.#news.take(frame, this.#id.peek(), this.me.peek()?.id ?? null, this.#o.connection.now());
  }

  #tabSaid(data: unknown): void {
    const taken = (data as { taken?: unknown } | null)?.taken;
    if (taken && taken === this.#id.value) this.detach();
  }
}

function kindsOf(media: readonly Media[]): DeviceKind[] {
  return media.filter((item): item is DeviceKind => item !== 'screen');
}
