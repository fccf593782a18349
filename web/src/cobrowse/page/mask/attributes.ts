/**
 * The attributes that may be sent at all, and of which kind they are. Pure.
 *
 * A list of what is allowed, never of what is forbidden: `data-*`, `on*`, `srcdoc`, placeholders,
 * titles, labels, metas' contents and whatever is invented next stay in the page because they are
 * not here. A value that is not of its kind stays too.
 */

/**
 * `word`: a keyword. `names`: class names and ids. `number`, `length`, `path`: for layout and
 * drawing. `style`: declarations. `sheet`: a whole style sheet. `image`, `images`, `link`:
 * addresses. `value`: what a field holds. `label`: words on a button.
 */
export type Kind =
  | 'word'
  | 'names'
  | 'number'
  | 'length'
  | 'path'
  | 'style'
  | 'sheet'
  | 'image'
  | 'images'
  | 'link'
  | 'value'
  | 'label';

const table = new Map<string, Kind>();
const allow = (kind: Kind, names: string) => {
  for (const name of names.split(/\s+/)) table.set(name, kind);
};
allow('names', 'class id for part slot exportparts is');
allow(
  'word',
  `dir lang hidden open disabled readonly required multiple checked selected inert popover rel
  reversed align valign nowrap noshade clear frame rules scope role type draggable wrap
  contenteditable spellcheck loading decoding crossorigin popovertargetaction shadowrootmode
  aria-hidden aria-expanded aria-selected aria-checked aria-pressed aria-disabled aria-current
  aria-modal aria-busy aria-invalid aria-required aria-readonly aria-orientation aria-sort
  xml:space preserveAspectRatio gradientUnits patternUnits patternContentUnits clipPathUnits
  maskUnits maskContentUnits filterUnits primitiveUnits spreadMethod in in2 result mode operator
  fill-rule clip-rule stroke-linecap stroke-linejoin text-anchor dominant-baseline
  alignment-baseline vector-effect shape-rendering text-rendering image-rendering visibility
  display overflow font-style font-variant text-decoration pointer-events
  rr_open_mode`,
);
allow(
  'number',
  'colspan rowspan span start size rows cols tabindex border cellpadding cellspacing',
);
allow(
  'length',
  `width height rr_width rr_height rr_scrollLeft rr_scrollTop x y x1 y1 x2 y2 cx cy r rx ry fx fy
  dx dy offset opacity fill-opacity stroke-opacity stop-opacity flood-opacity stroke-width
  stroke-miterlimit stroke-dashoffset font-size font-weight letter-spacing word-spacing stdDeviation
  markerWidth markerHeight refX refY pathLength textLength rotate version baseFrequency scale
  marginwidth marginheight hspace vspace`,
);
allow(
  'path',
  'd points viewBox transform gradientTransform patternTransform stroke-dasharray values',
);
allow(
  'style',
  `style fill stroke stop-color flood-color lighting-color color bgcolor text vlink alink face
  clip-path mask filter marker-start marker-mid marker-end font-family sizes media xmlns
  xmlns:xlink`,
);
allow('sheet', '_cssText');
allow('image', 'src poster background');
allow('images', 'srcset imagesrcset');
allow('link', 'href xlink:href');
allow('value', 'value');

const LENGTH =
  '-?(?:\\d{1,7}(?:\\.\\d{1,12})?|\\.\\d{1,12})(?:e-?\\d{1,2})?(?:px|em|rem|ex|ch|%|pt|vw|vh|deg)?';
const WELL_FORMED: Partial<Record<Kind, RegExp>> = {
  word: /^[a-z\s:/.;=()<>,+-]{0,40}$/i,
  number: /^-?\d{1,5}$/,
  length: new RegExp(`^(?:${LENGTH}(?:[\\s,]+${LENGTH}){0,3})?$`, 'i'),
  path: /^(?![\s\S]*[a-z]{10})[\w\s.,()+-]*$/i,
};

const SOURCES = new Set(['img', 'input', 'source', 'image']);
const LINKS = new Set(['a', 'area', 'link', 'use', 'image', 'feimage']);
const FIELDS = new Set(['input', 'textarea', 'select', 'option', 'progress', 'li']);

/** Return of which kind an attribute is, or null when it is not sent. */
export function kindOf(tag: string, name: string): Kind | null {
  const kind = table.get(name) ?? null;
  if (name === 'src' && !SOURCES.has(tag)) return null;
  if (name === 'label') return tag === 'option' || tag === 'optgroup' ? 'label' : null;
  if (kind === 'link' && !LINKS.has(tag)) {
    return name === 'xlink:href' || /gradient$|^pattern$|^textpath$|^mpath$/.test(tag)
      ? kind
      : null;
  }
  if (kind === 'value' && !FIELDS.has(tag)) return null;
  if (tag === 'meta' || tag === 'base') return null;
  return kind;
}

/** Tell whether a value is of its kind, and so no words that somebody hid in a layout attribute. */
export function wellFormed(kind: Kind, value: string): boolean {
  return WELL_FORMED[kind]?.test(value) ?? true;
}
