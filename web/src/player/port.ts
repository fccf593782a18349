/**
 * What the console (or the expert's page) and the player tell each other over a MessagePort. The
 * player is a page on an origin of its own that has nothing: no session, no connections. Types; no
 * code.
 *
 * The player says PLAYER_HELLO to its parent; the parent, whose origin the player's address pins
 * (`?parent=`), answers with a port.
 */
import type { CobrowseOperation } from '@/client/protocol.gen.ts';
import type { ClearMarks, Highlight, Pointer, Stroke, Viewer } from '@/cobrowse/wire.gen.ts';

export const PLAYER_HELLO = 'tiski:player';

export type Tool = 'none' | 'laser' | 'pen' | 'highlight' | 'control';

export interface PlayerWords {
  /** Over the mirror while the curtain is down. */
  curtain: { page: string; shopper: string; identity: string; hidden: string };
  waiting: string;
  away: string;
  /** The label of the field that a fill is typed into, and its button. */
  fill: string;
  fillSend: string;
}

export type ToPlayer =
  /** `images`: the address of the image proxy, to which `&u=<encoded address>` is added. */
  | { t: 'begin'; you: string; words: PlayerWords; images: string; lang: string }
  /** One whole binary frame, transferred. */
  | { t: 'data'; data: ArrayBuffer }
  | { t: 'tool'; tool: Tool; caps: CobrowseOperation[] }
  | { t: 'viewers'; viewers: Viewer[] }
  | { t: 'curtain'; down: boolean; reason: 'page' | 'shopper' | 'identity' | 'hidden' | null }
  | { t: 'sharing'; on: boolean }
  /** Scroll with the shopper (true), or look around by oneself. */
  | { t: 'follow'; on: boolean }
  | Pointer
  | Stroke
  | Highlight
  | ClearMarks;

export type FromPlayer =
  | { t: 'shown'; epoch: number; seq: number }
  | { t: 'resync' }
  /** The shopper's window, and how much the mirror is scaled to fit. */
  | { t: 'size'; width: number; height: number; scale: number }
  /** The agent scrolled away from what the shopper sees, or is back. */
  | { t: 'follow'; on: boolean }
  /** Esc: the tool is put away. */
  | { t: 'tool'; tool: 'none' }
  | Pointer
  | Stroke
  | Highlight
  | ClearMarks
  /** The console adds its id and the grant. */
  | {
      t: 'operate';
      epoch: number;
      op: CobrowseOperation;
      node: number;
      fx: number;
      fy: number;
      dx?: number;
      dy?: number;
      value?: string;
    };
