/**
 * What of a page is never sent, as a list of rules; see `rule.ts` for what a rule can do.
 *
 * Each of them keeps something back that no other one does: the list has nothing to spare, and
 * `tests/cobrowse/test_canaries.py` proves it by leaving them out one at a time.
 *
 * Not covered, on purpose or because it cannot be known: what pictures show (`block` hides them);
 * texts that were sent before the shopper typed the same; values of one or two characters, of
 * hidden inputs, and those typed in closed shadow roots or other sites' frames, when the page
 * repeats them; numbers that a page shows piece by piece over time; texts that a page carries
 * without showing them (`mask` or `block` hides those too); whether a box is ticked.
 */
import { EventType, IncrementalSource } from '@rrweb/types';
import { cleanAddress, cleanLink, cleanSrcset, isLocal } from './addresses.ts';
import { wellFormed } from './attributes.ts';
import { holdsText, isEditable, isField, neverShown } from './fields.ts';
import { accounts, cards, emails, identityCodes } from './numbers.ts';
import type { Place, Rule, Surroundings } from './rule.ts';
import { MASK } from './spans.ts';

/** Our own elements in the page. */
const OWN = new Set(['tiski-chat', 'tiski-cobrowse']);

const { Mutation, Scroll, ViewportResize, Input } = IncrementalSource;
const { StyleSheetRule, StyleDeclaration, AdoptedStyleSheet } = IncrementalSource;
const SOURCES = new Set<IncrementalSource>([
  Mutation,
  Scroll,
  ViewportResize,
  Input,
  StyleSheetRule,
  StyleDeclaration,
  AdoptedStyleSheet,
]);

type Hide = Exclude<Place['hide'], null>;

/** By what it is. */
function hidden(place: Place, hide: Hide): Place {
  return { ...place, hide, show: false };
}

/** Because the page, or for good because the site says so. */
function marked(hide: Hide, locked: boolean): Place {
  return { hide, marked: true, locked, show: false };
}

/** What is in a choice: its words, and which one it is. */
const CHOICES = new Set(['option', 'optgroup', 'datalist']);
const UNSEEN = new Set(['script', 'noscript', 'template']);
const NAMES = new Set(['title', 'desc', 'metadata']);
/** Kinds of attributes in which words could stand. */
const WORDED = new Set(['names', 'word', 'label', 'value', 'style']);

/** A key or a UUID as the name of an element: a session's, an order's. */
const KEYED = /(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{24,}|[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i;

export const RULES: readonly Rule[] = [
  {
    // Plugins, logs, fonts, canvases, films, the pointer, names of elements: none of them.
    name: 'kinds of events',
    options: {
      recordCanvas: false,
      collectFonts: false,
      inlineImages: false,
      recordCrossOriginIframes: false,
      sampling: { mousemove: false, mouseInteraction: false, media: 60_000 },
    },
    event: ({ type, data }) =>
      type === EventType.Meta ||
      type === EventType.FullSnapshot ||
      (type === EventType.IncrementalSnapshot && SOURCES.has(data.source)),
  },
  {
    name: 'page address',
    event(event, { secret }) {
      if (event.type === EventType.Meta) event.data.href = cleanLink(event.data.href, secret);
      return true;
    },
  },

  // --- where something stands ---------------------------------------------------------------
  {
    name: 'marks',
    // Not by rrweb's `blockSelector`: it would keep to itself that something was blocked just now.
    place(element, _tag, place) {
      const mark = element.getAttribute('data-cobrowse');
      if (mark === null) return place;
      const marks = mark.toLowerCase().split(/\s+/);
      if (marks.includes('block') || marks.includes('pause')) return marked('block', place.locked);
      if (marks.includes('mask')) return marked('mask', place.locked);
      const show = marks.includes('show') && !place.locked;
      return show ? { hide: null, marked: false, locked: false, show } : place;
    },
  },
  {
    name: 'site rules',
    place(element, _tag, place, { site }) {
      if (site.block && element.matches(site.block)) return marked('block', true);
      if (place.hide === 'block') return place;
      return site.mask && element.matches(site.mask) ? marked('mask', true) : place;
    },
  },
  {
    name: 'own elements',
    options: { blockSelector: [...OWN].join(',') },
    place: (_element, tag, place) => (OWN.has(tag) ? marked('empty', true) : place),
  },
  {
    name: 'scripts and templates',
    options: { slimDOMOptions: { script: true } },
    place: (_element, tag, place) => (UNSEEN.has(tag) ? hidden(place, 'empty') : place),
  },
  {
    name: 'titles',
    place: (_element, tag, place) => (NAMES.has(tag) ? hidden(place, 'empty') : place),
  },
  {
    name: 'never shown',
    place: (element, _tag, place) =>
      place.show && neverShown(element) ? hidden(place, 'mask') : place,
  },
  {
    name: 'editable texts',
    place: (element, _tag, place) =>
      !place.hide && !place.show && (isEditable(element) || designed(element))
        ? hidden(place, 'mask')
        : place,
  },
  {
    name: 'choices',
    place: (_element, tag, place) =>
      CHOICES.has(tag) && !place.hide && !place.show ? hidden(place, 'mask') : place,
  },

  // --- fields -------------------------------------------------------------------------------
  {
    name: 'values',
    place: (_element, tag, place) =>
      tag === 'textarea' && !place.hide && !place.show ? hidden(place, 'mask') : place,
    value(field, value, place) {
      if (isField(field) && !holdsText(field)) {
        return field.type === 'checkbox' || field.type === 'radio' || place.hide ? '' : value;
      }
      return place.show || value === '' ? value : MASK;
    },
  },

  // --- attributes and comments --------------------------------------------------------------
  {
    name: 'comments',
    options: { slimDOMOptions: { comment: true } },
    comment: () => '',
  },
  {
    name: 'attributes',
    attribute({ element, kind, value, name, tag }, place) {
      if (kind === null || !wellFormed(kind, value)) return null;
      if (tag === 'link') return linked(name, value);
      if (place.hide && (kind === 'image' || kind === 'images')) return null;
      const chosen = name === 'checked' || name === 'selected' || kind === 'label';
      if (place.hide && chosen) return null;
      if (kind !== 'value' || isField(element)) return value;
      const count = tag === 'option' ? /^\d{1,3}$/ : /^[\d.]{1,8}$/; // longer ones name accounts
      return place.show || count.test(value) ? value : null;
    },
  },
  {
    name: 'addresses',
    attribute({ kind, value, tag }, _place, { secret }) {
      if (kind === 'image') return cleanAddress(value, (part) => personal(part, secret)) || null;
      if (kind === 'images') return cleanSrcset(value, (part) => personal(part, secret)) || null;
      if (kind !== 'link') return value;
      if (isLocal(value) && tag !== 'a' && tag !== 'area') return value;
      if (tag === 'a' || tag === 'area') return cleanLink(value, secret);
      return cleanAddress(value, secret) || null;
    },
  },
  {
    name: 'words in attributes',
    attribute({ kind, name, value }, place, { secret }) {
      if (kind !== null && !WORDED.has(kind)) return value;
      if ((name === 'id' || name === 'for') && KEYED.test(value)) return null;
      if (kind === 'style') return value.includes('--') ? undeclared(value, secret) : value;
      if (!secret(value, place.show)) return value;
      return kind === 'names' ? unnamed(value, secret) : null;
    },
  },
  {
    name: 'addresses in styles',
    cssAddress: (address, { secret }) =>
      isLocal(address) ? address : cleanAddress(address, (part) => personal(part, secret)),
  },
  {
    name: 'words in styles',
    cssString: (text, { secret }) => (secret(text) ? MASK : text),
  },

  // --- texts --------------------------------------------------------------------------------
  { name: 'card numbers', text: (text) => cards(text) },
  { name: 'bank accounts', text: (text) => accounts(text) },
  { name: 'identity codes', text: (text) => identityCodes(text) },
  { name: 'e-mail addresses', text: (text, show) => (show ? [] : emails(text)) },
  {
    name: 'echoes',
    text: (text, show, { echoes }) => (show ? [] : echoes.find(text)),
  },
  { name: 'split texts', joins: true },
];

/**
 * Tell whether a part of a picture's address belongs to a person. What was typed does not count:
 * whoever looks for "tent" still wants to see `/images/tent.jpg`. `tent@2x.jpg` is no address.
 */
function personal(part: string, secret: Surroundings['secret']): boolean {
  return secret(part, true) || emails(part.replace(/@\d(?:\.\d)?x/g, '')).length > 0;
}

/** Return class names without those that tell something; null when it is in them all. */
function unnamed(names: string, secret: Surroundings['secret']): string | null {
  const left = names.split(/\s+/).filter((name) => !secret(name));
  return left.length && !secret(left.join(' ')) ? left.join(' ') : null;
}

/** Return declarations without the variables that tell something. */
function undeclared(style: string, secret: Surroundings['secret']): string {
  const declarations = style.split(';');
  return declarations.filter((one) => !(one.trim().startsWith('--') && secret(one))).join(';');
}

function designed(element: Element): boolean {
  return element.localName === 'body' && element.ownerDocument.designMode === 'on';
}

function linked(name: string, value: string): string | null {
  if (name === 'rel') return value === 'stylesheet' ? value : null;
  const sheet = name === '_cssText' || name === 'media' || name === 'href' || name === 'disabled';
  return sheet ? value : null;
}
