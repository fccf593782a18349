/**
 * The peer connection straight to the other member of a call: four m-lines, one for each source,
 * both ways, and a channel for notes. `detour.ts` drives it, `path.ts` says what it is used for.
 *
 * Both ends know the m-lines by their order, so that nothing is negotiated twice: a track that
 * comes, goes or is exchanged is put into its sender. One end offers, as the node with the room has
 * said; candidates trickle (RFC 8838), because nobody waits for them here.
 */
import type { Clock } from './clock.ts';
import type { RtcParts } from './link.ts';
import { kindOf, SOURCES, type Source } from './negotiation.ts';
import type { Note } from './path.ts';
import type { Sending } from './peer.ts';
import type { DirectSignal, IceCandidate } from './protocol.gen.ts';
import { preferVideo, tuneAnswer } from './sdp.ts';

export type Signal = Pick<DirectSignal, 'sdp' | 'candidates'>;

export interface DirectHooks {
  /** Brings something to the other browser. */
  signal(signal: Signal): void;
  /** Both descriptions are there. */
  agreed(): void;
  opened(): void;
  told(note: Note): void;
  /** The connection is broken or could not be made; `closed`: the other has closed it. */
  lost(closed: boolean): void;
}

/** Bits per second at most; nobody else's downlink is asked between two. */
const MAX_BITRATE: Readonly<Record<Source, number>> = {
  audio: 48_000,
  camera: 2_000_000,
  screen: 3_000_000,
  'screen-audio': 96_000,
};
const GATHER = 50; // ms in which candidates are collected for one frame
const PER_FRAME = 16; // candidates

export class DirectPeer {
  readonly #pc: RTCPeerConnection;
  readonly #notes: RTCDataChannel;
  readonly #hooks: DirectHooks;
  readonly #rtc: RtcParts;
  readonly #clock: Clock;
  readonly #early: IceCandidate[] = []; // before the description that they belong to
  #found: IceCandidate[] = [];
  #transceivers: readonly RTCRtpTransceiver[] = [];
  #sending: Sending = new Map();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ice: RTCConfiguration, rtc: RtcParts, clock: Clock, hooks: DirectHooks) {
    this.#hooks = hooks;
    this.#rtc = rtc;
    this.#clock = clock;
    const pc = rtc.createPeer({ ...ice, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    this.#pc = pc;
    pc.addEventListener('icecandidate', ({ candidate }) => this.#gathered(candidate));
    pc.addEventListener('connectionstatechange', () => {
      // `disconnected` may heal by itself: the notes tell whether it does in time.
      if (pc.connectionState === 'failed') this.#lost(false);
    });
    this.#notes = pc.createDataChannel('path', {
      negotiated: true,
      id: 0,
      ordered: false,
      maxRetransmits: 0, // the next note says more
    });
    this.#notes.onopen = () => {
      if (!this.#closed) hooks.opened();
    };
    this.#notes.onmessage = ({ data }) => this.#hear(data);
    this.#notes.onclose = () => this.#lost(true);
  }

  /** Makes the offer. */
  offer(): void {
    this.#do(async () => {
      const [face, screen] = [this.#rtc.createStream(), this.#rtc.createStream()];
      this.#transceivers = SOURCES.map((source) =>
        this.#pc.addTransceiver(kindOf(source), {
          direction: 'sendrecv',
          streams: [source.startsWith('screen') ? screen : face], // what is played in sync
          sendEncodings: [{ maxBitrate: MAX_BITRATE[source] }],
        }),
      );
      this.#prefer();
      await this.#describe();
    });
  }

  /** Takes what the other browser says. */
  take({ sdp, candidates }: Signal): void {
    this.#do(async () => {
      if (sdp) {
        const type = this.#transceivers.length === 0 ? 'offer' : 'answer';
        await this.#pc.setRemoteDescription({ type, sdp: tuneAnswer(sdp) });
        if (type === 'offer') await this.#answer();
        this.#attach();
        this.#hooks.agreed();
        for (const one of this.#early.splice(0)) await this.#add(one);
      }
      for (const one of candidates ?? []) {
        if (this.#pc.remoteDescription) await this.#add(one);
        else this.#early.push(one);
      }
    });
  }

  /** Sends these tracks from now on. */
  send(sending: Sending): void {
    this.#sending = sending;
    this.#attach();
  }

  tell(note: Note): void {
    if (this.#notes.readyState === 'open') this.#notes.send(JSON.stringify(note));
  }

  /** What the other sends of a source, or will. */
  track(source: Source): MediaStreamTrack | null {
    return this.#transceivers[SOURCES.indexOf(source)]?.receiver.track ?? null;
  }

  stats(): Promise<RTCStatsReport> {
    return this.#pc.getStats();
  }

  close(): void {
    this.#closed = true;
    this.#pc.close();
  }

  async #answer(): Promise<void> {
    const lines = this.#pc.getTransceivers();
    if (lines.length !== SOURCES.length) throw new Error('other m-lines than ours');
    this.#transceivers = lines;
    const [face, screen] = [this.#rtc.createStream(), this.#rtc.createStream()];
    lines.forEach((line, i) => {
      line.direction = 'sendrecv';
      line.sender.setStreams(SOURCES[i]?.startsWith('screen') ? screen : face);
    });
    this.#prefer();
    await this.#describe();
    for (const [i, line] of lines.entries()) {
      const parameters = line.sender.getParameters();
      const source = SOURCES[i];
      if (!source || parameters.encodings.length === 0) continue;
      for (const encoding of parameters.encodings) encoding.maxBitrate = MAX_BITRATE[source];
      await line.sender.setParameters(parameters);
    }
  }

  /** Uses the codecs of the connection with the server: sound sent twice over, few for pictures. */
  #prefer(): void {
    const codecs = {
      audio: preferRepeated(this.#rtc.audioCodecs()),
      video: preferVideo(this.#rtc.videoCodecs()),
    };
    this.#transceivers.forEach((line, i) => {
      const source = SOURCES[i];
      const wanted = source ? codecs[kindOf(source)] : [];
      if (wanted.length > 0) line.setCodecPreferences(wanted);
    });
  }

  async #describe(): Promise<void> {
    await this.#pc.setLocalDescription();
    const sdp = this.#pc.localDescription?.sdp;
    if (!this.#closed && sdp) this.#hooks.signal({ sdp });
  }

  #attach(): void {
    this.#transceivers.forEach(({ sender }, i) => {
      const source = SOURCES[i];
      const track = (source && this.#sending.get(source)) ?? null;
      if (sender.track === track) return;
      // It rejects only for a closed connection or a track of the wrong kind.
      sender.replaceTrack(track).catch(() => {});
      if (track?.kind === 'video') track.contentHint = source === 'screen' ? 'detail' : 'motion';
    });
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    if (!candidate?.candidate) return;
    this.#found.push({ candidate: candidate.candidate, mid: candidate.sdpMid ?? '' });
    if (this.#found.length === 1) this.#clock.after(GATHER, () => this.#trickle());
  }

  #trickle(): void {
    const found = this.#found;
    this.#found = [];
    if (this.#closed) return;
    for (let at = 0; at < found.length; at += PER_FRAME) {
      this.#hooks.signal({ candidates: found.slice(at, at + PER_FRAME) });
    }
  }

  async #add({ candidate, mid }: IceCandidate): Promise<void> {
    try {
      await this.#pc.addIceCandidate({ candidate, sdpMid: mid ?? '' });
    } catch {
      // One that this browser cannot read; the others may do.
    }
  }

  #hear(data: unknown): void {
    if (this.#closed || typeof data !== 'string') return;
    const note = readNote(data);
    if (note) this.#hooks.told(note);
  }

  #do(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#closed ? undefined : step()))
      .catch(() => this.#lost(false));
  }

  #lost(closed: boolean): void {
    if (!this.#closed) this.#hooks.lost(closed);
  }
}

/** Opus within RED (RFC 2198) first, where the browser has it: each packet repeats the last one. */
export function preferRepeated<C extends { mimeType: string }>(codecs: readonly C[]): C[] {
  const of = (type: string): C[] =>
    codecs.filter(({ mimeType }) => mimeType.toLowerCase() === `audio/${type}`);
  return [...of('red'), ...of('opus')];
}

/** Reads what another browser wrote, which may be anything; null for what is no note. */
export function readNote(text: string): Note | null {
  try {
    const { sends, plays, leaves } = JSON.parse(text) as Partial<Record<keyof Note, unknown>>;
    if (!Array.isArray(sends)) return null;
    return {
      sends: SOURCES.filter((source) => sends.includes(source)),
      plays: plays === true,
      leaves: leaves === true,
    };
  } catch {
    return null;
  }
}

/** The ICE servers for it: a relay between two is no shorter than our server, so only STUN. */
export function directIce(config: RTCConfiguration): RTCConfiguration {
  const urls = (config.iceServers ?? [])
    .flatMap(({ urls: some }) => some)
    .map((url) => /^(?:turn|stun):([^?]+)(?:\?transport=udp)?$/i.exec(url)?.[1])
    .filter((host) => host !== undefined);
  const servers = [...new Set(urls)].map((host) => ({ urls: `stun:${host}` }));
  return servers.length === 0 ? {} : { iceServers: servers };
}
