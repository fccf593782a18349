/**
 * Two browsers' peer connections and the network between them, as far as a direct path sees them:
 * descriptions are names, candidates are needed, notes and media arrive while the network lives.
 */
import { signal } from '@preact/signals-core';
import type { Clock } from '../clock.ts';

/** A clock that stands until it is moved, and runs what is due on the way. */
export class ManualClock implements Clock {
  #now = 0;
  #due: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const one = { at: this.#now + ms, fn };
    this.#due.push(one);
    return () => {
      this.#due = this.#due.filter((other) => other !== one);
    };
  }

  random(): number {
    return 0;
  }

  /** Lets time pass, and what it brings be done. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = until;
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

export class FakeTrack {
  static #last = 0;
  readonly id = `track-${++FakeTrack.#last}`;
  readonly kind: string;
  enabled = true;
  contentHint = '';
  readyState = 'live';

  constructor(kind: string) {
    this.kind = kind;
  }
}

class FakeSender {
  track: FakeTrack | null = null;
  async replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
  }
  setStreams(): void {}
  getParameters(): { encodings: { maxBitrate?: number }[] } {
    return { encodings: [{}] };
  }
  async setParameters(): Promise<void> {}
}

export class FakeLine {
  readonly sender = new FakeSender();
  readonly receiver: { track: FakeTrack };
  direction = 'recvonly';
  constructor(kind: string) {
    this.receiver = { track: new FakeTrack(kind) };
  }
  setCodecPreferences(): void {}
}

class FakeChannel {
  readyState = 'connecting';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  carry: (data: string) => void = () => {};
  send(data: string): void {
    this.carry(data);
  }
}

export class FakePeer {
  readonly network: Network;
  readonly lines: FakeLine[] = [];
  readonly channel = new FakeChannel();
  readonly #listeners = new Map<string, (event: unknown) => void>();
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  knows = false; // a candidate of the other
  closed = false;

  constructor(network: Network) {
    this.network = network;
  }

  addEventListener(name: string, fn: (event: unknown) => void): void {
    this.#listeners.set(name, fn);
  }
  createDataChannel(): FakeChannel {
    return this.channel;
  }
  addTransceiver(kind: string): FakeLine {
    const line = new FakeLine(kind);
    this.lines.push(line);
    return line;
  }
  getTransceivers(): FakeLine[] {
    return this.lines;
  }
  async setLocalDescription(): Promise<void> {
    this.localDescription = { sdp: `lines:${this.lines.length}` };
    const candidate = { candidate: 'candidate:1', sdpMid: '0' };
    this.#listeners.get('icecandidate')?.({ candidate });
    this.#listeners.get('icecandidate')?.({ candidate: null });
    this.network.joined();
  }
  async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    const count = Number(/^lines:(\d+)$/.exec(sdp)?.[1] ?? Number.NaN);
    if (Number.isNaN(count)) throw new Error('not a description');
    this.remoteDescription = { sdp };
    const kinds = ['audio', 'video', 'video', 'audio', 'video'];
    if (type === 'offer') for (const kind of kinds.slice(0, count)) this.addTransceiver(kind);
    this.network.joined();
  }
  async addIceCandidate(): Promise<void> {
    if (!this.remoteDescription) throw new Error('a candidate before its description');
    this.knows = true;
    this.network.joined();
  }
  async getStats(): Promise<Map<string, unknown>> {
    return this.network.stats(this);
  }
  become(state: string): void {
    this.connectionState = state;
    this.#listeners.get('connectionstatechange')?.({});
  }
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.connectionState = 'closed';
    this.network.closed(this);
  }
}

/** What lies between two peers. `reaches`: a path can be found; `alive`: it carries something. */
export class Network {
  readonly peers: FakePeer[] = [];
  readonly media = signal(0);
  reaches = true;
  alive = true;
  /** Notes that are lost, counted down. */
  losing = 0;
  #up = false;

  readonly create = (): RTCPeerConnection => {
    const peer = new FakePeer(this);
    this.peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  };

  #other(peer: FakePeer): FakePeer | undefined {
    return this.peers.find((one) => one !== peer);
  }

  joined(): void {
    const [one, other] = this.peers;
    const ready = (peer?: FakePeer): boolean =>
      Boolean(peer?.localDescription && peer.remoteDescription && peer.knows);
    if (this.#up || !this.reaches || !one || !other || !ready(one) || !ready(other)) return;
    this.#up = true;
    for (const peer of [one, other]) {
      const far = peer === one ? other : one;
      peer.channel.carry = (data) => {
        if (!this.alive || this.losing-- > 0) return;
        setTimeout(() => !far.closed && far.channel.onmessage?.({ data }));
      };
      peer.channel.readyState = 'open';
      setTimeout(() => peer.channel.onopen?.());
    }
  }

  /** What a peer receives: everything that the other sends has come, while the network lives. */
  stats(peer: FakePeer): Map<string, unknown> {
    const found = new Map<string, unknown>();
    const far = this.#other(peer);
    peer.lines.forEach((line, i) => {
      const sent = this.#up && this.alive && far?.lines[i]?.sender.track;
      const { id: trackIdentifier, kind } = line.receiver.track;
      const much = sent ? 100 : 0;
      const counts = {
        packetsReceived: much,
        framesDecoded: much,
        jitterBufferEmittedCount: 960 * much,
        audioLevel: sent ? 0.1 : 0,
      };
      found.set(trackIdentifier, { type: 'inbound-rtp', kind, trackIdentifier, ...counts });
    });
    return found;
  }

  closed(peer: FakePeer): void {
    const far = this.#other(peer);
    if (this.#up && this.alive && far && !far.closed) setTimeout(() => far.channel.onclose?.());
  }
}
