/**
 * The call's connection with the media server, kept alive: builds the peer, has its offers
 * answered over the signalling wire, and mends it as `recovery.ts` says. Media may take a direct
 * path meanwhile (`detour.ts`); publications come and go here all the same. `call.ts` drives it.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Clock } from './clock.ts';
import { Detour, type DirectFrame, type DirectSaid, type Observed, type Of } from './detour.ts';
import type { TrackKind } from './negotiation.ts';
import { Peer, type PeerAnswer, type PeerOffer, type Remote, type Sending } from './peer.ts';
import type { Answer, AnswerTaken, PublicationInfo } from './protocol.gen.ts';
import { Recovery } from './recovery.ts';

/** `lost`: it was up, and is being mended. */
export type LinkState = 'closed' | 'connecting' | 'up' | 'lost';

export interface RtcParts {
  createPeer(config: RTCConfiguration): RTCPeerConnection;
  audioCodecs(): readonly RTCRtpCodec[];
  videoCodecs(): readonly RTCRtpCodec[];
  /** Names what is played in sync. */
  createStream(): MediaStream;
}

export interface LinkOptions {
  rtc: RtcParts;
  clock: Clock;
  /** Numbers the next offer; grows over pages too. */
  generation(): number;
  /** Sends an offer of this link's call. */
  offer(offer: PeerOffer & { generation: number }): Promise<Answer>;
  /** Sends a frame of this link's call; it may be lost. */
  say(said: DirectSaid | Of<AnswerTaken>): void;
  /** An offer was refused for good: the code says why. */
  refused(error: unknown): void;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #state = signal<LinkState>('closed');
  readonly #remotes = signal<readonly Remote[]>([]);
  #ice: RTCConfiguration = {};
  #peer: Peer | null = null;
  #recovery: Recovery | null = null;
  #cancelTimer: () => void = () => {};
  #wire = true;
  #admitted = false;
  #sending: Sending = new Map();
  #receiving: readonly PublicationInfo[] = [];
  #received: readonly Remote[] = []; // through the server
  readonly #detour: Detour;
  #built = 0;
  #generation = 0; // of the newest offer

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#detour = new Detour({
      rtc: options.rtc,
      clock: options.clock,
      ice: () => this.#ice,
      say: (said) => options.say(said),
      serverStats: () => this.#peer?.stats() ?? null,
      changed: () => this.#rerouted(),
    });
  }

  get state(): ReadonlySignal<LinkState> {
    return this.#state;
  }

  get remotes(): ReadonlySignal<readonly Remote[]> {
    return this.#remotes;
  }

  /** What this side alone can tell while media go directly; null otherwise. */
  get observed(): ReadonlySignal<Observed | null> {
    return this.#detour.observed;
  }

  /** How many connections were built: what is counted begins anew with each. */
  get built(): number {
    return this.#built;
  }

  /** Uses these ICE servers from the next offer on. */
  configure(ice: RTCConfiguration): void {
    if (ice === this.#ice) return;
    this.#ice = ice;
    this.#peer?.configure(this.#config());
  }

  /**
   * Builds the connection ahead, so that it need not be built when somebody waits for it. `spare`:
   * what the others are said to send, while it is not known as what.
   */
  warm(spare: readonly TrackKind[] = []): void {
    if (!this.#peer) this.#build();
    this.#peer?.expect(spare);
    this.#want();
  }

  /** Makes it a connection that is wished for; nothing is offered before `admit`. */
  open(spare: readonly TrackKind[] = []): void {
    if (this.#state.value === 'closed') {
      this.#state.value = 'connecting';
      if (!this.#peer) this.#build();
    }
    this.#peer?.expect(spare);
  }

  /** The server knows us as a member, or will when it reads the offer: offers may go. */
  admit(): void {
    if (this.#admitted) return;
    this.#admitted = true;
    this.#recovery = new Recovery(this.#options.clock.now());
    this.#recovery.wireChanged(this.#wire, this.#options.clock.now());
    this.#want();
    this.#schedule();
  }

  send(sending: Sending): void {
    this.#sending = sending;
    this.#detour.send(sending);
    this.#want();
  }

  /** Takes what the node with the room, or the other browser, says about a direct path. */
  direct(frame: DirectFrame): void {
    if (this.#admitted) this.#detour.take(frame);
  }

  receive(publications: readonly PublicationInfo[]): void {
    this.#receiving = publications;
    this.#want();
  }

  wireChanged(online: boolean): void {
    this.#wire = online;
    this.#recovery?.wireChanged(online, this.#options.clock.now());
    if (online && this.#admitted) void this.#peer?.negotiate();
    this.#schedule();
  }

  /** The browser came online or changed its network: mends at once what is broken. */
  hurry(): void {
    this.#recovery?.hurry(this.#options.clock.now());
    this.#schedule();
  }

  /** Starts over with a new connection: the server has forgotten the old one. */
  rebuild(): void {
    if (this.#state.value === 'closed') return;
    this.#state.value = this.#state.value === 'connecting' ? 'connecting' : 'lost';
    this.#recovery = new Recovery(this.#options.clock.now());
    this.#recovery.wireChanged(this.#wire, this.#options.clock.now());
    this.#build();
    this.#want();
    this.#schedule();
  }

  close(): void {
    this.#cancelTimer();
    this.#admitted = false;
    this.#detour.close();
    this.#peer?.close();
    this.#peer = null;
    this.#recovery = null;
    this.#sending = new Map();
    this.#receiving = [];
    this.#received = [];
    this.#remotes.value = [];
    this.#state.value = 'closed';
  }

  /** The figures of the connection that media take; null when there is none. */
  stats(): Promise<RTCStatsReport> | null {
    return this.#detour.stats() ?? this.#peer?.stats() ?? null;
  }

  #build(): void {
    this.#peer?.close();
    this.#built += 1;
    const pc = this.#options.rtc.createPeer(this.#config());
    const peer: Peer = new Peer(
      pc,
      {
        exchange: (offer) => this.#exchange(offer),
        stateChanged: (state) => this.#peerChanged(state),
        remotesChanged: (remotes) => {
          this.#options.say({ t: 'rtc.taken', generation: this.#generation });
          this.#received = remotes;
          this.#remotes.value = this.#detour.from(remotes);
        },
        offerFailed: (error) => {
          if (peer === this.#peer) this.#offerFailed(error);
        },
      },
      this.#options.rtc.videoCodecs(),
    );
    this.#peer = peer;
  }

  #config(): RTCConfiguration {
    return { ...this.#ice, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' };
  }

  #want(): void {
    if (!this.#admitted) {
      void this.#peer?.rehearse(this.#sending);
      return;
    }
    // The m-lines stay without their tracks: the way back needs no negotiation.
    const sending: Sending = this.#detour.viaServer
      ? this.#sending
      : new Map([...this.#sending.keys()].map((source) => [source, null]));
    this.#peer?.want(sending, this.#receiving);
  }

  #rerouted(): void {
    this.#remotes.value = this.#detour.from(this.#received);
    this.#want();
    this.#tellState();
  }

  /** The connection with the server may break while media go directly: nobody notices. */
  #tellState(): void {
    if (!this.#recovery) return;
    if (this.#recovery.up) this.#state.value = 'up';
    else if (this.#state.value === 'up' && this.#detour.viaServer) this.#state.value = 'lost';
  }

  async #exchange(offer: PeerOffer): Promise<PeerAnswer> {
    const generation = this.#options.generation();
    this.#generation = generation;
    const { sdp, filled = {} } = await this.#options.offer({ ...offer, generation });
    return { sdp, filled };
  }

  #offerFailed(error: unknown): void {
    this.#recovery?.offerFailed(this.#options.clock.now());
    this.#schedule();
    this.#options.refused(error);
  }

  #peerChanged(state: RTCPeerConnectionState): void {
    const recovery = this.#recovery;
    if (!recovery) return;
    recovery.peerChanged(state, this.#options.clock.now());
    this.#tellState();
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelTimer();
    const deadline = this.#recovery?.deadline ?? null;
    if (deadline === null) return;
    const wait = Math.max(0, deadline - this.#options.clock.now());
    this.#cancelTimer = this.#options.clock.after(wait, () => this.#mend());
  }

  #mend(): void {
    switch (this.#recovery?.next(this.#options.clock.now())) {
      case 'offer':
        void this.#peer?.negotiate();
        break;
      case 'restart':
        void this.#peer?.negotiate(true);
        break;
      case 'rebuild':
        this.#tellState();
        this.#build();
        this.#want();
        break;
      default:
        break;
    }
    this.#schedule();
  }
}
