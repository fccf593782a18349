/**
 * One RTCPeerConnection with the media server: makes its transceivers equal to what
 * `negotiation.ts` plans, and offers, one offer at a time. `link.ts` drives it.
 *
 * A track that comes, goes or is exchanged for a source which already has its m-line needs no
 * negotiation: `replaceTrack` does it at once. Offers read the mids after `setLocalDescription`
 * (only then do they exist); answers to a closed peer are dropped.
 */

import { encodingsOf, fitToCamera } from './encodings.ts';
import {
  direction,
  fill,
  kindOf,
  type MidMap,
  nameMids,
  plan,
  type Slot,
  type Source,
  type TrackKind,
  withSpare,
} from './negotiation.ts';
import type { PublicationInfo } from './protocol.gen.ts';
import { preferVideo, tuneAnswer } from './sdp.ts';

export interface PeerOffer extends MidMap {
  readonly sdp: string;
}

export interface PeerAnswer {
  readonly sdp: string;
  /** What the server put into m-lines that were offered for whatever there is, by mid. */
  readonly filled: Readonly<Record<string, PublicationInfo>>;
}

/** A track that somebody else sends. */
export interface Remote {
  readonly publication: PublicationInfo;
  readonly track: MediaStreamTrack;
}

/** What this side sends: source -> its track; null keeps the m-line for a track to come. */
export type Sending = ReadonlyMap<Source, MediaStreamTrack | null>;

export interface PeerHooks {
  /** Has an offer answered; rejects when it was refused or lost. */
  exchange(offer: PeerOffer): Promise<PeerAnswer>;
  stateChanged(state: RTCPeerConnectionState): void;
  remotesChanged(remotes: readonly Remote[]): void;
  offerFailed(error: unknown): void;
}

export class Peer {
  readonly #pc: RTCPeerConnection;
  readonly #hooks: PeerHooks;
  readonly #videoCodecs: RTCRtpCodec[];
  #slots: readonly Slot[] = [];
  #transceivers: RTCRtpTransceiver[] = [];
  #sending: Sending = new Map();
  #receiving: readonly PublicationInfo[] = [];
  #spare: readonly TrackKind[] = [];
  #negotiating = false;
  #negotiated = false;
  #restart = false;
  #closed = false;

  constructor(pc: RTCPeerConnection, hooks: PeerHooks, videoCodecs: readonly RTCRtpCodec[]) {
    this.#pc = pc;
    this.#hooks = hooks;
    this.#videoCodecs = preferVideo(videoCodecs);
    pc.addEventListener('connectionstatechange', () => {
      if (!this.#closed) hooks.stateChanged(pc.connectionState);
    });
  }

  /** Gathers candidates as this says, from the next offer on. */
  configure(config: RTCConfiguration): void {
    this.#pc.setConfiguration(config);
  }

  /** Lets the first offer have m-lines for what others send, before it is known what that is. */
  expect(kinds: readonly TrackKind[]): void {
    this.#spare = kinds;
  }

  /** Goes through the first offer without making it: the browser does it faster the next time. */
  async rehearse(sending: Sending): Promise<void> {
    if (this.#negotiating || this.#negotiated || this.#closed) return;
    this.#sending = sending;
    const before = this.#slots;
    try {
      this.#arrange();
      if (this.#slots !== before) await this.#pc.createOffer();
    } catch {
      // What is wrong with it shows when it is made.
    }
  }

  /** Wants these tracks sent and these publications received, from now on. */
  want(sending: Sending, receiving: readonly PublicationInfo[]): void {
    this.#sending = sending;
    this.#receiving = receiving;
    this.#slots.forEach((slot, i) => {
      const transceiver = this.#transceivers[i];
      if (slot.role === 'send' && transceiver) this.#attach(slot.source, transceiver);
    });
    void this.negotiate();
  }

  /** Offers if something changed. `restart`: with new ICE credentials in any case. */
  async negotiate(restart = false): Promise<void> {
    this.#restart ||= restart;
    if (this.#negotiating || this.#closed) return;
    this.#negotiating = true;
    try {
      while (!this.#closed && this.#arrange()) await this.#offer();
    } catch (error) {
      this.#negotiated = false; // what was offered has not been agreed on
      if (!this.#closed) this.#hooks.offerFailed(error);
    } finally {
      this.#negotiating = false;
    }
  }

  /** Reads the connection's figures, for the call doctor and the tests. */
  stats(): Promise<RTCStatsReport> {
    return this.#pc.getStats();
  }

  close(): void {
    this.#closed = true;
    this.#pc.close();
  }

  /** Makes the transceivers fulfil the wish. Returns whether an offer is due. */
  #arrange(): boolean {
    const wish = { send: new Set(this.#sending.keys()), receive: this.#receiving };
    const planned = plan(this.#slots, wish);
    const next = this.#negotiated ? planned : withSpare(planned, this.#spare);
    if (next !== this.#slots) {
      next.forEach((slot, i) => {
        if (slot !== this.#slots[i]) this.#fit(slot, i);
      });
      this.#slots = next;
      return true;
    }
    return next.length > 0 && (!this.#negotiated || this.#restart);
  }

  #fit(slot: Slot, index: number): void {
    const existing = this.#transceivers[index];
    const transceiver = existing ?? this.#add(slot.kind, slot);
    if (existing) existing.direction = direction(slot);
    if (slot.role === 'send') this.#attach(slot.source, transceiver);
  }

  #add(kind: TrackKind, slot: Slot): RTCRtpTransceiver {
    const transceiver = this.#pc.addTransceiver(kind, {
      direction: direction(slot),
      ...(slot.role === 'send' ? { sendEncodings: encodingsOf(slot.source) } : {}),
    });
    if (kind === 'video' && this.#videoCodecs.length > 0) {
      transceiver.setCodecPreferences(this.#videoCodecs);
    }
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  #attach(source: Source, transceiver: RTCRtpTransceiver): void {
    const track = this.#sending.get(source) ?? null;
    if (transceiver.sender.track === track) return;
    // It rejects only for a closed connection or a track of the wrong kind; neither can be mended.
    transceiver.sender.replaceTrack(track).catch(() => {});
    if (track && kindOf(source) === 'video') {
      track.contentHint = source === 'screen' ? 'detail' : 'motion';
    }
    if (track && source === 'camera') this.#fitSizes(transceiver.sender, track);
  }

  #fitSizes(sender: RTCRtpSender, track: MediaStreamTrack): void {
    const parameters = sender.getParameters();
    if (!fitToCamera(parameters.encodings, track.getSettings())) return;
    // Another change may be under way; what is sent then is larger or smaller than it need be.
    sender.setParameters(parameters).catch(() => {});
  }

  async #offer(): Promise<void> {
    if (this.#restart) this.#pc.restartIce();
    const restarted = this.#restart;
    this.#restart = false;
    this.#negotiated = true;
    const slots = this.#slots;
    try {
      await this.#pc.setLocalDescription();
      const mids = this.#transceivers.map((transceiver) => transceiver.mid);
      const sdp = this.#pc.localDescription?.sdp ?? '';
      const answer = await this.#hooks.exchange({ sdp, ...nameMids(slots, mids) });
      if (this.#closed) return;
      await this.#pc.setRemoteDescription({ type: 'answer', sdp: tuneAnswer(answer.sdp) });
      this.#slots = fill(slots, mids, answer.filled);
    } catch (error) {
      this.#restart ||= restarted;
      throw error;
    }
    if (!this.#closed) this.#hooks.remotesChanged(this.#remotes());
  }

  #remotes(): Remote[] {
    return this.#slots.flatMap((slot, i) => {
      const transceiver = this.#transceivers[i];
      if (slot.role !== 'receive' || !slot.publication || !transceiver) return [];
      if (transceiver.currentDirection !== 'recvonly') return [];
      return [{ publication: slot.publication, track: transceiver.receiver.track }];
    });
  }
}
