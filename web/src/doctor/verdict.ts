/**
 * What a check found, what is best offered for it, and the way out of each problem. Pure.
 *
 * The limits: a picture that is worth looking at takes 400 kbit/s each way (360p VP8 at 15 frames
 * and more), a voice some 60 with its headers and its second copy; a loss of 10 % can be repaired
 * for a picture and 20 % concealed in a voice; talk gets hard at a second of round trip.
 */
import type { TroubleReason } from '@/client/capture.ts';

export type Mode = 'video' | 'voice' | 'chat';
export type Way = 'udp' | 'tcp' | 'relay-udp' | 'relay-tcp' | 'relay-tls';

/** `asking`: not known yet. `off`: not looked at, because the person does not want it. */
export type Device = 'asking' | 'ok' | 'off' | TroubleReason;

export interface WayFound {
  readonly way: Way;
  readonly state: 'trying' | 'open' | 'shut';
  /** Milliseconds until it was encrypted end to end; null unless open. */
  readonly ms: number | null;
}

/** What one connection both ways carried at once. Rates in kbit/s, loss in per cent. */
export interface Measured {
  readonly up: number;
  readonly down: number;
  /** Whether a rate stopped growing at what the check sends at most: there is more. */
  readonly upCapped: boolean;
  readonly downCapped: boolean;
  /** Milliseconds. */
  readonly rtt: number | null;
  readonly lossUp: number;
  readonly lossDown: number;
}

/** Why nothing was measured. */
export type Unmeasured = 'offline' | 'unavailable' | 'too-many' | 'shut';

export interface Findings {
  readonly camera: Device;
  readonly microphone: Device;
  /** Whether the microphone heard anything; null: not listened yet. */
  readonly heard: boolean | null;
  /** Whether the person heard the test sound; null: not asked. */
  readonly sound: boolean | null;
  readonly ways: readonly WayFound[];
  readonly link: Measured | Unmeasured | null;
}

export type Problem =
  | 'offline'
  | 'shut'
  | 'unavailable'
  | 'too-many'
  | 'microphone'
  | 'camera'
  | 'weak-for-voice'
  | 'weak-for-video'
  | 'loss'
  | 'delay'
  | 'udp'
  | 'silent'
  | 'speaker';

export interface Verdict {
  /** The best that can be offered. */
  readonly mode: Mode;
  /** The worst first; each has its way out in words. */
  readonly problems: readonly Problem[];
  /** Whether anything is left to be found out. */
  readonly done: boolean;
}

export const VIDEO_KBPS = 400;
export const VOICE_KBPS = 60;
const VIDEO_LOSS = 10; // per cent
const VOICE_LOSS = 20;
const VIDEO_RTT = 800; // ms
const VOICE_RTT = 1_500;

const ORDER: readonly Mode[] = ['chat', 'voice', 'video'];

export function judge(findings: Findings): Verdict {
  const { camera, microphone, heard, sound, link, ways } = findings;
  const problems: Problem[] = [];
  let best = 2;
  const limit = (mode: Mode, problem: Problem): void => {
    best = Math.min(best, ORDER.indexOf(mode));
    problems.push(problem);
  };
  if (typeof link === 'string') {
    // Of a server that has no time for checks nothing follows for a call.
    if (link === 'too-many') problems.push(link);
    else limit('chat', link);
  }
  if (isTrouble(microphone)) limit('chat', 'microphone');
  if (link && typeof link === 'object') judgeLink(link, limit);
  if (isTrouble(camera)) limit('voice', 'camera');
  const udp = ways.some(({ way, state }) => way === 'udp' && state === 'shut');
  if (udp && ways.some(({ state }) => state === 'open')) problems.push('udp');
  if (microphone === 'ok' && heard === false) problems.push('silent');
  if (sound === false) problems.push('speaker');
  return {
    mode: ORDER[best] ?? 'chat',
    problems,
    done: link !== null && camera !== 'asking' && microphone !== 'asking' && settled(ways),
  };
}

function judgeLink(link: Measured, limit: (mode: Mode, problem: Problem) => void): void {
  const rate = Math.min(link.up, link.down);
  const loss = Math.max(link.lossUp, link.lossDown);
  const rtt = link.rtt ?? 0;
  if (rate < VOICE_KBPS) limit('chat', 'weak-for-voice');
  else if (rate < VIDEO_KBPS) limit('voice', 'weak-for-video');
  if (loss > VOICE_LOSS) limit('chat', 'loss');
  else if (loss > VIDEO_LOSS) limit('voice', 'loss');
  if (rtt > VOICE_RTT) limit('chat', 'delay');
  else if (rtt > VIDEO_RTT) limit('voice', 'delay');
}

/** Whether what was measured is enough for the most that can be offered. */
export function carriesVideo(link: Measured | null): boolean {
  return link !== null && Math.min(link.up, link.down) >= VIDEO_KBPS;
}

function isTrouble(device: Device): boolean {
  return device !== 'ok' && device !== 'asking' && device !== 'off';
}

function settled(ways: readonly WayFound[]): boolean {
  return ways.every(({ state }) => state !== 'trying');
}

/** The ways that a server's answer and its relays leave to try, in the order they are shown. */
export function waysOf(ice: RTCConfiguration, candidates: ReadonlySet<'udp' | 'tcp'>): Way[] {
  const direct: Way[] =
    ice.iceTransportPolicy === 'relay'
      ? []
      : (['udp', 'tcp'] as const).filter((transport) => candidates.has(transport));
  return [...direct, ...relaysOf(ice).keys()];
}

/** The relays by how they are reached, each alone as a configuration of its own. */
export function relaysOf(ice: RTCConfiguration): Map<Way, RTCIceServer> {
  const found = new Map<Way, RTCIceServer>();
  for (const server of ice.iceServers ?? []) {
    for (const url of [server.urls].flat()) {
      const way = wayOfRelay(url);
      if (way && !found.has(way)) found.set(way, { ...server, urls: url });
    }
  }
  const order: readonly Way[] = ['relay-udp', 'relay-tcp', 'relay-tls'];
  return new Map([...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** RFC 7065: `turn:` is UDP unless it says otherwise, `turns:` is TLS over TCP. */
function wayOfRelay(url: string): Way | null {
  if (/^turns:/i.test(url)) return 'relay-tls';
  if (!/^turn:/i.test(url)) return null;
  return /[?&]transport=tcp\b/i.test(url) ? 'relay-tcp' : 'relay-udp';
}

/** What a server's answer can be reached by. */
export function transportsOf(sdp: string): Set<'udp' | 'tcp'> {
  const found = new Set<'udp' | 'tcp'>();
  for (const [, transport] of sdp.matchAll(/^a=candidate:\S+ \d+ (udp|tcp) /gim)) {
    found.add(transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp');
  }
  return found;
}

/** The same answer, reachable by one transport alone. */
export function onlyBy(sdp: string, transport: 'udp' | 'tcp'): string {
  const other = transport === 'udp' ? 'tcp' : 'udp';
  return sdp
    .split('\r\n')
    .filter((line) => !new RegExp(`^a=candidate:\\S+ \\d+ ${other} `, 'i').test(line))
    .join('\r\n');
}
