// Generated from signaling/cobrowse/frames.py by `make protocol`. Do not edit.


import type { Page, Person } from '@/client/protocol.gen';

/**
 * Sent before a close. `retry_after` seconds; null: never.
 */
export interface Bye {
  t: "bye";
  code: number;
  reason: string;
  retry_after?: number | null;
}

/**
 * Takes a viewer's strokes and highlight away.
 */
export interface ClearMarks {
  t: "clear";
  viewer?: string | null;
}

/**
 * Nothing is shown while it is down; `reason` says why.
 */
export interface Curtain {
  t: "curtain";
  down: boolean;
  reason?: "hidden" | "identity" | "page" | "shopper" | null;
}

/**
 * The first frame. `resume`: the sharer's one-use token from the `welcome` before.
 */
export interface Hello {
  t: "hello";
  v: number;
  token: string;
  cobrowse: string;
  role: "share" | "view";
  resume?: string | null;
  page?: Page | null;
}

/**
 * A frame around one node; null takes it away.
 */
export interface Highlight {
  t: "highlight";
  node?: number | null;
  viewer?: string | null;
}

/**
 * How much of the page is hidden from the viewers, for the line that says so.
 */
export interface Masked {
  t: "masked";
  fields?: number;
  texts?: number;
  blocks?: number;
}

/**
 * Something to be done in the shopper's page; the page checks it (docs/cobrowse.md).
 *
 *     `fx`, `fy`: where in the node's box. `dx`, `dy`: how far to scroll. `value`: what to fill.
 */
export interface Operate {
  t: "operate";
  id: string;
  grant: string;
  epoch: number;
  op: "click" | "fill" | "scroll";
  node: number;
  fx?: number;
  fy?: number;
  dx?: number;
  dy?: number;
  value?: string | null;
  viewer?: string | null;
}

/**
 * What became of an operation. `value`s never come back.
 */
export interface Operated {
  t: "operated";
  id: string;
  code: "covered" | "done" | "gone" | "no_grant" | "rate_limited" | "refused" | "sensitive" | "shopper_busy" | "stale" | "too_late";
}

/**
 * The page that is shown from now on, and the size of its window in CSS pixels.
 */
export interface PageShown {
  t: "page";
  page: Page;
  width?: number;
  height?: number;
}

/**
 * Answer with `pong`; two without an answer end the connection.
 */
export interface Ping {
  t: "ping";
}

/**
 * Where a viewer points, or with null that they do not. Latest wins, at most 30 Hz.
 *
 *     From the server with `viewer`.
 */
export interface Pointer {
  t: "pointer";
  x?: number | null;
  y?: number | null;
  viewer?: string | null;
}

/**
 * The answer to `ping`.
 */
export interface Pong {
  t: "pong";
}

/**
 * A gap or a mistake in what came: take a snapshot anew.
 */
export interface Resync {
  t: "resync";
}

/**
 * To viewers: the sharer's browser is connected, or between two pages or lost.
 */
export interface Sharing {
  t: "sharing";
  on: boolean;
}

/**
 * The acknowledgement: what has been rebuilt up to and with `seq`.
 */
export interface Shown {
  t: "shown";
  epoch: number;
  seq: number;
}

/**
 * More points of one line of the pen. `end`: the last of it.
 */
export interface Stroke {
  t: "stroke";
  stroke: string;
  points: [number, number][];
  end?: boolean;
  viewer?: string | null;
}

/**
 * To the sharer: begin a new epoch with a snapshot.
 */
export interface TakeSnapshot {
  t: "snapshot";
}

/**
 * Somebody who sees the page. `colour`: 0, 1 or 2, each once at a time.
 */
export interface Viewer {
  id: string;
  person: Person;
  colour: number;
}

/**
 * Who sees the page now. With nobody the sharer records nothing.
 */
export interface Viewers {
  t: "viewers";
  viewers: Viewer[];
}

/**
 * The way is open. `epoch`: the newest one; the sharer goes on above it.
 *
 *     `resume`: for the sharer's next connection, once. `you`: a viewer's own id here.
 */
export interface Welcome {
  t: "welcome";
  you: string;
  epoch: number;
  now: number;
  ping: number;
  viewers?: Viewer[];
  resume?: string | null;
  sharing?: boolean;
  page?: PageShown | null;
  curtain?: Curtain | null;
  masked?: Masked | null;
  v?: number;
}

export type ClientFrame =
  | Hello
  | Pong
  | PageShown
  | Curtain
  | Masked
  | Operated
  | Shown
  | Resync
  | Pointer
  | Stroke
  | Highlight
  | ClearMarks
  | Operate;

export type ServerFrame =
  | Welcome
  | Ping
  | Viewers
  | TakeSnapshot
  | Sharing
  | PageShown
  | Curtain
  | Masked
  | Operated
  | Pointer
  | Stroke
  | Highlight
  | ClearMarks
  | Operate
  | Bye;

export const VERSION = 1;

export const HEADER = 20;

export const FLAG_GZIP = 1;

export const MAX_PAYLOAD = 8388608;

export const MAX_TEXT_FRAME = 16384;
