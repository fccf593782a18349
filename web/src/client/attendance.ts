/**
 * Whether this tab takes part in the conversation's call, and everything that follows from it:
 * devices, consent and connection open together, are held against the conversation's state, survive
 * a change of page, and close together. `call.ts` drives it.
 *
 * ```
 *   out ──enter──► entering ──consent acknowledged──► in ──quit, ended, removed──► out
 *    ▲                └───────────refused───────────────┐ │
 *    └──────────────────────────────────────────────────┘ └─lost from the network: joins again
 * ```
 */
import { batch, computed, effect, signal, untracked } from '@preact/signals-core';
import { CallCommands } from './callcommands.ts';
import type { Media } from './callmemory.ts';
import { CallNews, type Ended } from './callnews.ts';
import type { CallOptions, Intent } from './calloptions.ts';
import type { DeviceKind } from './capture.ts';
import { Care } from './care.ts';
import { Refused } from './frames.ts';
import { Link } from './link.ts';
import { isMember, maySend, othersIn, type Part } from './membership.ts';
import type { TrackKind } from './negotiation.ts';
import { Outgoing } from './outgoing.ts';
import type { CallState, ServerFrame } from './protocol.gen.ts';

export class Attendance {
  readonly part = signal<Part>('out');
  /** The call that this tab is in. */
  readonly id = signal<string | null>(null);
  /** The call that we said no to, or left. */
  readonly declined = signal<string | null>(null);
  /** What devices are looked at for, before the call. */
  readonly intent = signal<Intent | null>(null);
  readonly joined = computed(() => this.part.value !== 'out');
  readonly link: Link;
  readonly news = new CallNews();
  readonly outgoing: Outgoing;
  readonly commands: CallCommands;
  readonly care: Care;
  readonly #o: CallOptions;
  readonly #stop: (() => void)[];
  #hurried = false;
  #seen = false; // the state has shown us as a member of this call

  constructor(options: CallOptions) {
    const { connection, thread, memory, clock } = options;
    this.#o = options;
    this.commands = new CallCommands(connection, thread.state);
    this.link = new Link({
      rtc: options.rtc,
      clock,
      generation: () => memory.generation(clock.now()),
      offer: (offer) => {
        const conv = thread.state.peek()?.id;
        const call = this.id.peek();
        if (!conv || !call) return Promise.reject(new Refused('no_call'));
        return connection.offer({ t: 'rtc.offer', conv, call, ...offer }).then((answer) => {
          this.news.fill(call, Object.values(answer.filled ?? {}));
          return answer;
        });
      },
      say: (said) => {
        const conv = thread.state.peek()?.id;
        const call = this.id.peek();
        if (conv && call) connection.ephemeral({ ...said, conv, call });
      },
      refused: (error) => this.#offerRefused(error),
    });
    this.outgoing = new Outgoing(options.capture, {
      send: (sending) => this.link.send(sending),
      report: async (media) => {
        const call = this.id.peek();
        if (call) await this.commands.media(call, media);
      },
      remember: (media) => memory.update({ media }),
    });
    const { link, outgoing } = this;
    this.care = new Care({
      ...{ clock, link, outgoing },
      capture: options.capture,
      tell: (leg, figures) => {
        const call = this.id.peek();
        if (call && connection.state.peek() === 'online') this.commands.tell(call, leg, figures);
      },
    });
    this.#warm();
    this.#stop = [
      connection.frame((frame) => this.#frame(frame)),
      effect(() => this.link.wireChanged(connection.state.value === 'online')),
      effect(() => this.#receive()),
      effect(() => this.#observe()),
      effect(() => this.care.follow()),
      effect(() => this.#hurryHeartbeats()),
      effect(() => this.#follow()),
      () => this.outgoing.dispose(),
    ];
    if (options.tabs) options.tabs.onmessage = ({ data }) => this.#tabSaid(data);
    void this.#ice();
  }

  /** Lets go of everything, for a page that goes away; the place in the call stays. */
  dispose(): void {
    for (const stop of this.#stop) stop();
    this.#o.tabs?.close();
    this.care.end();
    this.#o.capture.release();
    this.link.close();
  }

  get #call(): CallState | null {
    return this.#o.thread.state.value?.call ?? null;
  }

  get #member(): boolean {
    return isMember(this.#call, this.#o.connection.you.value);
  }

  /** Only the client that is in the call decides; a tab may hold several conversations. */
  #hurryHeartbeats(): void {
    const joined = this.joined.value;
    if (joined !== this.#hurried) this.#o.connection.setActive(joined);
    this.#hurried = joined;
  }

  /** On the next page: opens devices and connection before the server has told anything. */
  #warm(): void {
    const remembered = this.#o.memory.call;
    const conv = this.#o.thread.conv.peek();
    if (!remembered || (conv !== null && conv !== remembered.conv)) return;
    this.outgoing.mic.value = remembered.media.includes('audio');
    this.link.open();
    void this.#o.capture.open(kindsOf(remembered.media));
  }

  #receive(): void {
    const publications = this.news.publications(this.id.value);
    if (!publications) return;
    this.link.receive(publications);
    this.#o.memory.update({ publications });
  }

  /** Holds this tab's part against the conversation's state. */
  #follow(): void {
    const state = this.#o.thread.state.value;
    const me = this.#o.connection.you.value;
    if (!state || !me) return;
    const call = state.call ?? null;
    const part = this.part.value;
    untracked(() => {
      if (!call) this.declined.value = null; // the same call may be opened to a visitor again
      if (part === 'out') this.#resume(state.id, call);
      else if (call?.id === this.id.value && isMember(call, me)) this.#seen = true;
      // The event that took us out also says why, to `#frame`, in this same turn.
      else if (this.#seen) queueMicrotask(() => this.#missing());
    });
  }

  /** The state does not show us in the call any more. */
  #missing(): void {
    if (this.part.value !== 'in' || !this.#seen) return;
    if (this.#call?.id !== this.id.value) this.#over('unknown');
    else if (!this.#member) this.#removed();
  }

  /** The call ended without us; the reason stands until the event tells a better one. */
  #over(reason: Ended['reason']): void {
    const call = this.id.value ?? '';
    this.release();
    this.news.ended.value ??= { call, reason, seconds: 0, by: null };
  }

  /** We were taken out: lost from the network we come back, otherwise that is it. */
  #removed(): void {
    const how = this.news.left.get(this.#o.connection.you.value?.id ?? '') ?? 'lost';
    const media = this.outgoing.media.value;
    const call = this.id.value;
    if (how !== 'lost') {
      this.release();
      this.declined.value = call;
      return;
    }
    this.#seen = false;
    this.news.left.clear();
    if (!call) return;
    this.commands.join(call, media).then(
      () => this.link.rebuild(),
      (error: unknown) => {
        this.release();
        this.commands.note(error);
      },
    );
  }

  /** A page of ours was in this call a moment ago: goes on with the same media, without asking. */
  #resume(conv: string, call: CallState | null): void {
    const remembered = this.#o.memory.call;
    if (remembered?.conv !== conv) {
      // Another conversation's; what was opened for it, if anything, is not for here.
      if (this.link.state.peek() !== 'closed') this.release();
      return;
    }
    if (call?.id !== remembered.call) {
      this.release();
      return;
    }
    this.link.receive(remembered.publications);
    const media = remembered.media.filter((item) => item !== 'screen'); // that needs a click
    void this.join(media);
  }

  /** Builds the connection while the person looks at their devices; nothing leaves the browser. */
  prepare(intent: Intent): void {
    batch(() => {
      this.news.ended.value = null;
      this.commands.refusal.value = null;
      this.intent.value = intent;
    });
    if (this.joined.peek()) return;
    this.link.warm(this.#spare(this.#call));
    void this.#ice().then((ice) => this.link.configure(ice));
  }

  /** Goes back from `prepare`, or from devices that were opened ahead. */
  cancel(): void {
    this.intent.value = null;
    if (this.joined.peek()) return;
    this.link.close();
    this.#o.capture.release();
  }

  /** Consents to the call that is on. */
  async join(media: readonly Media[]): Promise<void> {
    const call = this.#call;
    if (!call) return;
    const consent = async (sent: readonly Media[]) => {
      if (!this.#member) await this.commands.join(call.id, sent);
      return call.id;
    };
    await this.enter(media, consent, call);
  }

  /**
   * Takes part as soon as `consent` has given the call's id. Into a call that is `on` the first
   * offer goes right behind the consent, without waiting for its answer: the server reads them in
   * this order, and refuses the second with the first.
   */
  async enter(
    media: readonly Media[],
    consent: (sent: readonly Media[]) => Promise<string>,
    on: CallState | null = null,
  ): Promise<void> {
    if (this.part.value !== 'out') return;
    const sent = maySend(this.#o.thread.state.value, this.#o.connection.you.value) ? media : [];
    batch(() => {
      this.part.value = 'entering';
      this.intent.value = null;
      this.news.ended.value = null;
      this.commands.refusal.value = null;
      this.outgoing.mic.value = sent.includes('audio');
      this.outgoing.expect(sent);
    });
    this.#seen = false;
    this.link.open(on ? this.#spare(on) : sent.map(trackKindOf));
    // Devices, consent and connection at the same time: none waits for the other.
    const devices = this.#o.capture.open(kindsOf(sent));
    try {
      const agreed = consent(sent);
      const ready = this.#ice().then((ice) => {
        if (this.part.peek() !== 'entering') return;
        this.link.configure(ice);
        if (!on) return;
        this.id.value = on.id;
        this.link.admit();
      });
      const [call] = await Promise.all([agreed, ready]);
      if (this.part.peek() !== 'entering') {
        await this.commands.say('call.leave', call); // hung up meanwhile
        return;
      }
      this.#admit(call, sent);
    } catch (error) {
      this.release();
      this.commands.note(error);
      return;
    }
    await devices;
    this.outgoing.settle();
    // After a change of page the others still believe that what is gone (a screen) is on.
    const me = this.#o.connection.you.peek()?.id;
    const known = this.#call?.members.find(({ person }) => person.id === me)?.media;
    this.outgoing.begin(known ?? sent);
  }

  /** What the others in a call are said to send. */
  #spare(call: CallState | null): TrackKind[] {
    const others = othersIn(call, this.#o.connection.you.peek());
    return others.flatMap(({ media }) => media.map(trackKindOf));
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
      this.id.value = call;
      this.part.value = 'in';
    });
    this.link.admit();
  }

  /** Takes no part any more; nobody is told. */
  release(): void {
    // First: `#follow` comes back into a call that is remembered.
    if (this.#o.memory.call?.conv === this.#o.thread.state.peek()?.id) this.#o.memory.forget();
    this.care.end(); // while it is known of which call
    this.outgoing.end();
    batch(() => {
      this.part.value = 'out';
      this.id.value = null;
      this.intent.value = null;
      this.news.clear();
    });
    this.link.close();
    this.#o.capture.release();
  }

  /** Takes no part any more, and says so. */
  async quit(how: 'call.end' | 'call.leave'): Promise<void> {
    const call = this.id.value ?? this.#call?.id;
    this.release();
    if (!call) return;
    this.declined.value = call; // until the server has said it, it is no call that rings at us
    await this.commands.say(how, call);
  }

  #offerRefused(error: unknown): void {
    if (!(error instanceof Refused)) return;
    if (error.code === 'no_call') {
      this.#over('lost'); // it ended while we could not be told
    } else if (error.code === 'call_full') {
      this.release();
      this.commands.note(error);
    }
  }

  /** The media server hears nothing of two who talk past it. */
  #observe(): void {
    const seen = this.link.observed.value;
    const me = this.#o.connection.you.peek();
    const [other] = othersIn(
      untracked(() => this.#call),
      me,
    );
    if (!seen || !me || !other) return;
    this.news.observe(me.id, other.person.id, seen);
  }

  #frame(frame: ServerFrame): void {
    switch (frame.t) {
      case 'direct.try':
      case 'direct.signal':
      case 'direct.end':
        if (frame.call === this.id.peek()) this.link.direct(frame);
        return;
      case 'rtc.speaking':
      case 'rtc.quality':
        if (this.link.observed.peek()) return;
        break;
      default:
        break;
    }
    this.news.take(
      frame,
      this.id.peek(),
      this.#o.connection.you.peek()?.id ?? null,
      this.#o.connection.now(),
    );
  }

  #tabSaid(data: unknown): void {
    const taken = (data as { taken?: unknown } | null)?.taken;
    if (taken && taken === this.id.value) this.release();
  }
}

function kindsOf(media: readonly Media[]): DeviceKind[] {
  return media.filter((item): item is DeviceKind => item !== 'screen');
}

function trackKindOf(media: Media): TrackKind {
  return media === 'audio' ? 'audio' : 'video';
}
