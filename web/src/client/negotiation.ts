/**
 * What a peer connection's m-lines should be: a pure planner.
 *
 * The client offers, the server answers. Every transceiver has one purpose: it sends one source
 * of ours (`sendonly`) or receives one publication of somebody else (`recvonly`). M-lines are never
 * taken away (RFC 9429 §5.2.2 keeps their order), so a slot that is not needed goes inactive: a
 * sending slot waits for its own source, a receiving one takes the next publication of its kind.
 *
 * `peer.ts` drives it: it makes the transceivers equal to the planned slots, by index.
 */
import type { PublicationInfo } from './protocol.gen.ts';

export type Source = PublicationInfo['source'];
export type TrackKind = 'audio' | 'video';

export interface SendSlot {
  readonly role: 'send';
  readonly kind: TrackKind;
  readonly source: Source;
  readonly active: boolean;
}

export interface ReceiveSlot {
  readonly role: 'receive';
  readonly kind: TrackKind;
  /** null: free for the next publication of this kind. */
  readonly publication: PublicationInfo | null;
  /** Offered before it is known what there is: the server fills it with what it has. */
  readonly open?: true;
}

export type Slot = SendSlot | ReceiveSlot;

export interface Wish {
  readonly send: ReadonlySet<Source>;
  readonly receive: readonly PublicationInfo[];
}

/** The order in which new sending m-lines are added; sound comes first on the wire. */
export const SOURCES: readonly Source[] = ['audio', 'camera', 'screen', 'screen-audio'];

export function kindOf(source: Source): TrackKind {
  return source === 'audio' || source === 'screen-audio' ? 'audio' : 'video';
}

export function direction(slot: Slot): RTCRtpTransceiverDirection {
  if (slot.role === 'send') return slot.active ? 'sendonly' : 'inactive';
  return slot.publication || slot.open ? 'recvonly' : 'inactive';
}

/** Returns the slots that fulfil `wish`, or `slots` itself when nothing changes. */
export function plan(slots: readonly Slot[], wish: Wish): readonly Slot[] {
  const next: Slot[] = slots.map((slot) => settle(slot, wish));
  for (const source of SOURCES) {
    if (!wish.send.has(source)) continue;
    if (next.some((slot) => slot.role === 'send' && slot.source === source)) continue;
    next.push({ role: 'send', kind: kindOf(source), source, active: true });
  }
  for (const publication of wish.receive) {
    if (next.some((slot) => slot.role === 'receive' && slot.publication?.id === publication.id)) {
      continue;
    }
    const kind = kindOf(publication.source);
    const filled: ReceiveSlot = { role: 'receive', kind, publication };
    const free = next.findIndex(
      (slot) => slot.role === 'receive' && slot.kind === kind && !slot.publication,
    );
    if (free < 0) next.push(filled);
    else next[free] = filled;
  }
  const same = next.length === slots.length && next.every((slot, i) => slot === slots[i]);
  return same ? slots : next;
}

/** The slot as it stays under `wish`; the same object when nothing changes for it. */
function settle(slot: Slot, wish: Wish): Slot {
  if (slot.role === 'send') {
    const active = wish.send.has(slot.source);
    return slot.active === active ? slot : { ...slot, active };
  }
  const { publication } = slot;
  if (!publication || wish.receive.some((wanted) => wanted.id === publication.id)) return slot;
  return { ...slot, publication: null };
}

/** Adds open slots, so that there are as many that receive as `kinds` has of each kind. */
export function withSpare(slots: readonly Slot[], kinds: readonly TrackKind[]): readonly Slot[] {
  const next: Slot[] = [];
  for (const kind of ['audio', 'video'] as const) {
    const isOf = (slot: Slot) => slot.role === 'receive' && slot.kind === kind;
    let missing = kinds.filter((one) => one === kind).length - slots.filter(isOf).length;
    for (; missing > 0; missing -= 1) {
      next.push({ role: 'receive', kind, publication: null, open: true });
    }
  }
  return next.length > 0 ? [...slots, ...next] : slots;
}

/** The slots after an answer that filled open ones: `filled` maps mids to publications. */
export function fill(
  slots: readonly Slot[],
  mids: readonly (string | null)[],
  filled: Readonly<Record<string, PublicationInfo>>,
): readonly Slot[] {
  return slots.map((slot, i) => {
    const publication = filled[mids[i] ?? ''];
    if (slot.role !== 'receive' || !slot.open || !publication) return slot;
    return { role: 'receive', kind: slot.kind, publication };
  });
}

export interface MidMap {
  readonly send: Record<string, string>;
  readonly receive: Record<string, string>;
  readonly spare: Record<string, TrackKind>;
}

/** Names each active m-line for the server; `mids[i]` belongs to `slots[i]`. */
export function nameMids(slots: readonly Slot[], mids: readonly (string | null)[]): MidMap {
  const send: Record<string, string> = {};
  const receive: Record<string, string> = {};
  const spare: Record<string, TrackKind> = {};
  slots.forEach((slot, i) => {
    const mid = mids[i];
    if (mid === null || mid === undefined) return;
    if (slot.role === 'receive') {
      if (slot.publication) receive[mid] = slot.publication.id;
      else if (slot.open) spare[mid] = slot.kind;
    } else if (slot.active) {
      send[mid] = slot.source;
    }
  });
  return { send, receive, spare };
}

/**
 * The generation of the next offer. Based on the clock, so that it also grows when the page was
 * left and the last number with it. `now` in milliseconds.
 */
export function nextGeneration(last: number, now: number): number {
  return Math.max(last + 1, Math.floor(now / 1000));
}
