/**
 * What the shop's page (loader) and our frame (widget) tell each other, over a MessagePort that
 * the loader hands to our origin only. Types; no code.
 */

/** A page of the shop. The frame tells nobody more of `url` than origin and path. */
export interface BridgePage {
  url: string;
  title: string;
}

/** How things stand on the shop's page. The first is the frame's welcome. */
export interface News {
  t: 'page';
  page: BridgePage;
  /**
   * The secret that resumes the session where third-party cookies are blocked. With `FORGET`
   * before it: the session of this secret is to be ended, the shop has said so.
   */
  resume?: string | undefined;
  /** The shop's signed word of who the visitor is. */
  identify?: unknown;
  /** What this page of the shop said last of the recording: `recording:pause`, `recording:resume`. */
  said?: unknown;
  open: boolean;
  /** What the frame kept for this tab, as it gave it; "" at first. */
  tab: string;
}

/** No secret has it; it stands before one that is to be forgotten, until that is done. */
export const FORGET = '!';

/** The one message outside the port, frame to page: "I am here; give me a port". */
export const HELLO = 'tiski:hello';

/** The one message outside the port, page to frame; it carries the port. */
export type Welcome = News;

export type ToFrame = { t: 'open' | 'close'; focus: boolean } | ({ t: 'page' } & News);

export type ToPage =
  | { t: 'open' }
  | { t: 'close' }
  /** `sign`: what the launcher's badge says; nothing: no badge. */
  | { t: 'unread'; count: number; sign: string }
  /** Keep the secret (the visitor has acted), or forget it. */
  | { t: 'resume'; secret: string | null }
  /** Keep this for the tab's next page: browsers refuse storage to a frame of another site. */
  | { t: 'tab'; data: string }
  /**
   * Import a part of ours into the page and give it the port that comes along:
   * `module.start(port)`. `src`: a path on our origin, without its first slash.
   */
  | { t: 'part'; src: string };

type Fields<T> = T extends unknown ? keyof T : never;
type Value<T, K extends PropertyKey> = T extends Record<K, infer V> ? V : never;

/** Any `ToPage`, as the loader reads it: it has no room to tell them apart. */
export type Told = { t: ToPage['t'] } & { [K in Fields<ToPage>]?: Value<ToPage, K> };
