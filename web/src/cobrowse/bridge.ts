/**
 * What the shop's page (recorder, banner, control) and our frame (widget) tell each other while a
 * co-browsing is prepared or on, over a MessagePort of its own that the loader hands on. Types; no
 * code.
 *
 * The page's part is `/page/cobrowse.js`, imported by the loader when the frame says so. It knows
 * no language and no secret: the frame gives it words, and nothing else about the conversation.
 */
import type { Page } from '@/client/protocol.gen.ts';
import type {
  ClearMarks,
  Curtain,
  Highlight,
  Masked,
  Operate,
  Operated,
  Pointer,
  Stroke,
  Viewer,
} from './wire.gen.ts';

/** What a site lets nobody see, on top of what is masked always. It can only tighten. */
export interface SiteRules {
  /** The hash of the rules, for the consent and the audit log. */
  version: string;
  /** CSS selectors: texts and values inside are masked. */
  mask: string[];
  /** CSS selectors: shown as an empty box. */
  block: string[];
  /** CSS selectors: seen, never operated. */
  nocontrol: string[];
  /** Paths where a curtain is down: `*` stands for any characters, e.g. `/checkout/pay*`. */
  pause: string[];
}

/** All that the banner, the marks and the preview say, in the shopper's language. */
export interface PageWords {
  /** "Anna sees this page"; `{names}` is replaced. */
  seen: string;
  /** The same of several: "Anna, Mikko see this page". */
  seenMany: string;
  /** Nobody looks at the moment. */
  unseen: string;
  /** The curtain is down. */
  paused: string;
  stop: string;
  /** Shown beside Stop on a device with keys. */
  stopKey: string;
  preview: string;
  previewOff: string;
  /** Over the covered parts in the preview. */
  hidden: string;
  /** "Anna can click and fill here · 9:41"; `{name}`, `{time}`. */
  control: string;
  controlPaused: string;
  takeBack: string;
  /** The button that takes the bar to the other edge of the window. */
  move: string;
}

export interface Grant {
  id: string;
  name: string;
  caps: Operate['op'][];
  /** ms from now until it is over; the page counts by its own clock. */
  left: number;
}

/** Why the page cannot begin, or cannot go on. */
export type Trouble = 'framed' | 'rules' | 'too_large' | 'recorder';

export type FrameToPage =
  /** The first message. Draws nothing and records nothing yet. */
  | { t: 'prepare'; rules: SiteRules; words: PageWords }
  /** Consent was given: record from now on, in epochs above `epoch`. */
  | { t: 'start'; epoch: number }
  /** A snapshot in a new epoch, please. */
  | { t: 'snapshot' }
  | { t: 'viewers'; viewers: Viewer[] }
  /** What the frame could not send in time: hold deltas, and snapshot when it is off again. */
  | { t: 'choke'; on: boolean }
  /** The shopper's pause, or that of a bank ID. */
  | { t: 'curtain'; reason: 'shopper' | 'identity' | null }
  | { t: 'preview'; on: boolean }
  | { t: 'grant'; grant: Grant | null }
  | { t: 'sharing'; on: boolean }
  | Pointer
  | Stroke
  | Highlight
  | ClearMarks
  | Operate
  /** It has ended: take everything away. */
  | { t: 'stop' };

export type PageToFrame =
  /** The answer to `prepare`. */
  | { t: 'ready'; page: Page }
  | { t: 'trouble'; why: Trouble }
  /** One whole binary frame (`signaling/cobrowse/frames.py`), transferred. */
  | { t: 'data'; data: ArrayBuffer }
  | { t: 'page'; page: Page; width: number; height: number }
  | Curtain
  | Masked
  | Operated
  /** The shopper pressed Stop or Esc: it has stopped here already. */
  | { t: 'stopped' }
  /** The shopper took control back, or its time is over: it is gone here already. */
  | { t: 'released'; grant: string; expired: boolean }
  | { t: 'preview'; on: boolean };
