/**
 * What a rule of the sanitizer is: a name and the hooks by which it works.
 *
 * Every rule stands alone. The engine (`clean.ts`) knows the shape of rrweb's events and calls the
 * hooks; it hides nothing by itself. So a rule can be left out, and a test can show what then
 * leaves the page (`tests/cobrowse/test_canaries.py`).
 */
import type { eventWithTime } from '@rrweb/types';
import type { record } from 'rrweb';
import type { Kind } from './attributes.ts';
import type { Echoes } from './echoes.ts';
import type { Span } from './spans.ts';

export type RecordOptions = NonNullable<Parameters<typeof record<eventWithTime>>[0]>;

/** What the site's rules and the page's marks make of an element, and so of everything in it. */
export interface Place {
  /**
   * `empty`: nothing of it is sent. `block`: an empty box of its size. `mask`: texts and values
   * are hidden.
   */
  readonly hide: 'empty' | 'block' | 'mask' | null;
  /** Hidden because somebody said so, not because it is what it is: control stays away too. */
  readonly marked: boolean;
  /** The site's rules say so, and no mark in the page lifts it. */
  readonly locked: boolean;
  /** The page says that ordinary values may be seen here. */
  readonly show: boolean;
}

/** The site's selectors, each list as one; empty: none. */
export interface Site {
  readonly mask: string;
  readonly block: string;
  readonly nocontrol: string;
}

/** What hooks may look at besides their subject. */
export interface Surroundings {
  readonly site: Site;
  /** What the shopper typed into hidden fields. */
  readonly echoes: Echoes;
  /** Whether any of the rules on texts finds something in it; `show`: where the page shows values. */
  secret(text: string, show?: boolean): boolean;
}

export interface Rule {
  readonly name: string;
  /** rrweb's own options to the same end: a second layer, and less to do for the first. */
  readonly options?: RecordOptions;
  /** Whether the event may pass at all; it may be changed. */
  event?(event: eventWithTime, around: Surroundings): boolean;
  /** How an element is treated, when `place` is how its surroundings are. */
  place?(element: Element, tag: string, place: Place, around: Surroundings): Place;
  /** What is sent of a comment. */
  comment?(text: string): string;
  /** What is sent of an attribute; null: nothing. */
  attribute?(attribute: Attribute, place: Place, around: Surroundings): string | null;
  /** What is shown of a field's value. */
  value?(field: Element, value: string, place: Place): string;
  /** Where a text must be hidden. */
  text?(text: string, show: boolean, around: Surroundings): readonly Span[];
  /** Texts are also looked at together with their neighbours. */
  readonly joins?: true;
  /** What is sent of an address in a style sheet. */
  cssAddress?(address: string, around: Surroundings): string;
  /** What is sent of any other string in a style sheet. */
  cssString?(text: string, around: Surroundings): string;
}

export interface Attribute {
  readonly element: Element;
  readonly tag: string;
  readonly name: string;
  /** Null when it is not on the list of those that may be sent. */
  readonly kind: Kind | null;
  /** As the rules before left it. */
  value: string;
}
