/**
 * What of a page's elements and attributes a mirror may have. Allow-lists: what they do not name
 * becomes an inert element or is left out. Pure.
 *
 * Names of form fields go, and ids of fields that are also names of the DOM: `<input id=appendChild>`
 * in a form would stand in for the method (DOM clobbering, HTML 4.10.3).
 */
import { local, proxied, proxiedSet } from './addresses.ts';
import { cleanDeclarations, cleanSheet } from './css.ts';

export type Value = string | number | boolean | null;

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const HTML = words(`
  a abbr address area article aside audio b bdi bdo big blockquote body br button canvas caption
  center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset
  figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input
  ins kbd label legend li main map mark marquee menu meter nav nobr ol optgroup option output p
  picture pre progress q rp rt ruby s samp search section select selectedcontent slot small source
  span strike strong style sub summary sup svg table tbody td textarea tfoot th thead time title tr
  track tt u ul var video wbr`);

const SVG = words(`
  a circle clippath defs desc ellipse feblend fecolormatrix fecomponenttransfer fecomposite
  feconvolvematrix fediffuselighting fedisplacementmap fedistantlight fedropshadow feflood fefunca
  fefuncb fefuncg fefuncr fegaussianblur femerge femergenode femorphology feoffset fepointlight
  fespecularlighting fespotlight fetile feturbulence filter foreignobject g image line
  lineargradient marker mask path pattern polygon polyline radialgradient rect stop style svg switch
  symbol text textpath title tspan use view`);

/** Shown as nothing, with everything in them. */
const GONE = words(`
  applet base embed frame frameset meta noembed noframes noscript object param plaintext script
  template xmp animate animatemotion animatetransform discard handler listener mpath set`);

const PLAIN = words(`
  abbr align alt axis bgcolor border cellpadding cellspacing char charoff checked class clear color
  cols colspan compact contenteditable coords datetime dir dirname disabled download draggable enterkeyhint face for
  frame frameborder headers height hidden high hspace id inert inputmode is-empty kind label lang
  low marginheight marginwidth max maxlength media min minlength multiple noshade novalidate nowrap
  open optimum part pattern placeholder popover readonly required reversed role rows rowspan rules
  scope scrolling selected shape size sizes slot span spellcheck start step summary title translate
  type valign value vspace width wrap`);

const SVG_PLAIN = words(`
  accumulate additive alignment-baseline amplitude azimuth basefrequency baseline-shift bias by
  calcmode class clip clip-path clip-rule clippathunits color color-interpolation
  color-interpolation-filters cursor cx cy d diffuseconstant direction display divisor
  dominant-baseline dx dy edgemode elevation end exponent fill fill-opacity fill-rule filter
  filterunits flood-color flood-opacity font-family font-size font-size-adjust font-stretch
  font-style font-variant font-weight fr from fx fy gradienttransform gradientunits height id in in2
  intercept k1 k2 k3 k4 kernelmatrix kernelunitlength keypoints lang lengthadjust letter-spacing
  lighting-color limitingconeangle marker-end marker-mid marker-start markerheight markerunits
  markerwidth mask mask-type maskcontentunits maskunits mode numoctaves offset opacity operator
  order orient origin overflow paint-order pathlength patterncontentunits patterntransform
  patternunits points pointsatx pointsaty pointsatz preservealpha preserveaspectratio primitiveunits
  r radius refx refy result role rotate rx ry scale seed shape-rendering slope specularconstant
  specularexponent spreadmethod startoffset stddeviation stitchtiles stop-color stop-opacity stroke
  stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
  stroke-width surfacescale tabindex tablevalues targetx targety text-anchor text-decoration
  text-rendering textlength title transform transform-origin type values vector-effect version
  viewbox visibility width word-spacing writing-mode x x1 x2 xchannelselector xml:space y y1 y2
  ychannelselector z zoomandpan`);

const INPUTS = words(`
  button checkbox color date datetime-local email file hidden image month number password radio
  range reset search submit tel text time url week`);

/** Fields whose id becomes a property of the form around them. */
const LISTED = words('button fieldset img input output select textarea');
const CUSTOM = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
const LENGTH = /^\d{1,5}(\.\d{1,8})?px$/;
const PICTURE = /^data:image\/(png|jpeg|webp|gif);base64,[\w+/=]*$/;
const MAX_VALUE = 100_000; // characters of an attribute that is not a picture or a style sheet
const MAX_CANVAS = 8_192; // pixels; more is a way to use up memory
const MAX_SCROLL = 10_000_000; // CSS pixels

export interface Named {
  tag: string;
  svg: boolean;
}

export interface Surroundings {
  /** The image proxy's address, to which `&u=…` is added. */
  images: string;
  /** Whether an element has something of that name that the replayer uses. */
  reserved(name: string): boolean;
}

/** Returns what an element becomes; null: nothing, with all that is in it. */
export function cleanTag(tagName: unknown, svg: boolean): Named | null {
  if (typeof tagName !== 'string' || tagName.length > 100) {
    return null;
  }
  const tag = tagName.toLowerCase();
  if (GONE.has(tag)) {
    return null;
  }
  if (tag === 'link') {
    return { tag: 'style', svg: false }; // a sheet that the recorder put into it, or an empty one
  }
  if (svg) {
    return { tag: SVG.has(tag) ? tag : 'g', svg: true };
  }
  return { tag: HTML.has(tag) || CUSTOM.test(tag) ? tag : 'span', svg: false };
}

/** Returns the name and value under which an attribute is let through, or null. */
export function cleanAttribute(
  element: Named,
  attribute: string,
  value: Value,
  around: Surroundings,
): [string, Value] | null {
  const name = attribute.toLowerCase();
  if (name === '_csstext') {
    const sheet = element.tag === 'style' && typeof value === 'string';
    return sheet ? ['_cssText', cleanSheet(value, around.images)] : null;
  }
  if (name.startsWith('rr_')) {
    return cleanRecorded(element, name, value);
  }
  if (name === 'src' || name === 'srcset' || name === 'poster' || name.endsWith('href')) {
    return cleanAddress(element, name, value, around.images);
  }
  if (typeof value === 'string' && value.length > MAX_VALUE) {
    return null;
  }
  if (name === 'style') {
    return typeof value === 'string' ? ['style', cleanDeclarations(value, around.images)] : null;
  }
  if (!allowed(element, name, value, around)) {
    return null;
  }
  const text = element.svg && typeof value === 'string';
  return [
    attributeName(element, attribute),
    text ? cleanDeclarations(value, around.images) : value,
  ];
}

function allowed(element: Named, name: string, value: Value, around: Surroundings): boolean {
  if (/^(aria|data)-[\w.-]+$/.test(name)) {
    return true;
  }
  if (!(element.svg ? SVG_PLAIN : PLAIN).has(name)) {
    return false;
  }
  switch (name) {
    case 'id':
      return !LISTED.has(element.tag) || !around.reserved(String(value));
    case 'type':
      return element.tag !== 'input' || INPUTS.has(String(value).toLowerCase());
    case 'width':
    case 'height':
      return element.tag !== 'canvas' || Number(value) <= MAX_CANVAS;
    default:
      return true;
  }
}

/** SVG's names have capitals; HTML's have none. */
function attributeName(element: Named, attribute: string): string {
  return element.svg ? attribute : attribute.toLowerCase();
}

function cleanAddress(
  element: Named,
  name: string,
  value: Value,
  images: string,
): [string, Value] | null {
  const pair = (way: string | null): [string, Value] | null => (way === null ? null : [name, way]);
  if (name.endsWith('href')) {
    if (!element.svg) {
      return element.tag === 'a' ? ['href', '#'] : null; // looks like a link, leads nowhere
    }
    if (name !== 'href' && name !== 'xlink:href') {
      return null;
    }
    return pair(element.tag === 'image' ? proxied(value, images) : local(value));
  }
  if (element.svg) {
    return null;
  }
  switch (name) {
    case 'src':
      return element.tag === 'img' || element.tag === 'input' ? pair(proxied(value, images)) : null;
    case 'srcset':
      return element.tag === 'img' || element.tag === 'source'
        ? pair(proxiedSet(value, images))
        : null;
    default:
      return element.tag === 'video' ? pair(proxied(value, images)) : null;
  }
}

/** What the recorder adds: sizes of boxes, where they are scrolled to, pictures of canvases. */
function cleanRecorded(element: Named, name: string, value: Value): [string, Value] | null {
  switch (name) {
    case 'rr_width':
    case 'rr_height':
      return typeof value === 'string' && LENGTH.test(value) ? [name, value] : null;
    case 'rr_scrollleft':
    case 'rr_scrolltop': {
      const sound = typeof value === 'number' && Math.abs(value) <= MAX_SCROLL;
      return sound ? [name === 'rr_scrollleft' ? 'rr_scrollLeft' : 'rr_scrollTop', value] : null;
    }
    case 'rr_dataurl': {
      const sound =
        (element.tag === 'img' || element.tag === 'canvas') &&
        typeof value === 'string' &&
        PICTURE.test(value);
      return sound ? ['rr_dataURL', value] : null;
    }
    case 'rr_open_mode':
      return element.tag === 'dialog' && (value === 'modal' || value === 'non-modal')
        ? [name, value]
        : null;
    default:
      return null;
  }
}
