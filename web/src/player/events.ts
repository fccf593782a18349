/**
 * What of rrweb's events (2.1) is replayed, in the form that the guard makes. Types and numbers.
 * The numbers are rrweb's (`EventType`, `NodeType`, `IncrementalSource`); the player's bundle has
 * no need of the package that names them.
 */
import type { Value } from './elements.ts';

export const EventType = { FullSnapshot: 2, Incremental: 3, Meta: 4 } as const;

export const NodeType = {
  Document: 0,
  DocumentType: 1,
  Element: 2,
  Text: 3,
  CDATA: 4,
  Comment: 5,
} as const;

export const Source = {
  Mutation: 0,
  MouseMove: 1,
  MouseInteraction: 2,
  Scroll: 3,
  Resize: 4,
  Input: 5,
  TouchMove: 6,
  Rule: 8,
  Drag: 12,
  Declaration: 13,
  Adopted: 15,
  /** Ours: the shopper clicked or tapped there. */
  Click: 100,
} as const;

export interface SafeNode {
  type: number;
  id: number;
  childNodes?: SafeNode[];
  compatMode?: 'BackCompat';
  name?: string;
  publicId?: string;
  systemId?: string;
  tagName?: string;
  attributes?: Record<string, Value>;
  isSVG?: true;
  isShadowHost?: true;
  isShadow?: true;
  isStyle?: true;
  textContent?: string;
}

/** Properties of a `style` attribute: set, set with a priority, or (false) taken away. */
export type Properties = Record<string, string | [string, string] | false>;

export type CleanAttributes = Record<string, Value | Properties>;

export interface Mutation {
  source: typeof Source.Mutation;
  removes: { id: number; parentId: number; isShadow?: boolean }[];
  adds: { parentId: number; nextId: number | null; node: SafeNode }[];
  texts: { id: number; value: string }[];
  attributes: { id: number; attributes: CleanAttributes }[];
}

export interface Rule {
  rule: string;
  index?: number | number[];
}

export type Change =
  | Mutation
  | { source: typeof Source.MouseMove | typeof Source.Click; id: number; x: number; y: number }
  | { source: typeof Source.Scroll; id: number; x: number; y: number }
  | { source: typeof Source.Resize; width: number; height: number }
  | { source: typeof Source.Input; id: number; text: string; isChecked: boolean }
  | {
      source: typeof Source.Rule;
      id?: number;
      styleId?: number;
      adds: Rule[];
      removes: { index: number | number[] }[];
      replace?: string;
      replaceSync?: string;
    }
  | {
      source: typeof Source.Declaration;
      id?: number;
      styleId?: number;
      index: number[];
      set?: { property: string; value: string; priority: string };
      remove?: { property: string };
    }
  | {
      source: typeof Source.Adopted;
      id: number;
      styleIds: number[];
      styles: { styleId: number; rules: Rule[] }[];
    };

export type CleanEvent =
  | { type: typeof EventType.Meta; data: { href: string; width: number; height: number } }
  | {
      type: typeof EventType.FullSnapshot;
      data: { node: SafeNode; initialOffset: { top: number; left: number } };
    }
  | { type: typeof EventType.Incremental; data: Change };
