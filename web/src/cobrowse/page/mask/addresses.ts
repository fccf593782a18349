/**
 * Addresses without what they carry: no query, no fragment, no user, no path parameters. Pure.
 *
 * RFC 3986 for the parts, the WHATWG's HTML standard for `srcset`. What is not clearly an address
 * of a thing to be fetched from a site (`mailto:`, `blob:`, scripts) goes altogether.
 */

/** Tells whether a piece of text may not be shown. */
export type Secret = (text: string) => boolean;

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
// The first of: query, fragment, path parameters (`;jsessionid=`), and the first two encoded.
const CARRIED = /[?#;]|%3f|%23|%3b/i;
const USER = /^((?:https?:)?\/\/)[^/]*@/i;
const SHOWN_DATA =
  /^data:(?:image\/(?:png|gif|jpe?g|webp|avif|bmp|x-icon)|(?:font\/|application\/(?:x-)?font-)\w+)[;,]/i;
const SVG_IMAGE = /^data:image\/svg\+xml((?:;[^,;]*)*),(.*)$/is;
// What in a drawing can hold words or fetch more.
const WORDED =
  /<\s*(?:[\w-]+:)?(?:text|tspan|title|desc|metadata|style|script|foreignobject|image|use|a)\b|<!|&|\son/i;
const LARGEST_DATA = 64 * 1024;

/** Return the address without what it carries; empty when nothing of it can be shown. */
export function cleanAddress(raw: string, secret: Secret): string {
  const address = raw.replace(/[\t\n\r]/g, '').trim();
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === 'data') return cleanData(address, secret);
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return '';
  const cut = address.search(CARRIED);
  const bare = (cut < 0 ? address : address.slice(0, cut)).replace(USER, '$1');
  return bare
    .split('/')
    .map((segment) => (secret(decoded(segment)) ? '-' : segment))
    .join('/');
}

// Long and mixed: a key in a link ("/reset/8f2c…"), not a word and not a number.
const KEY = /^(?=[^/]*\d)(?=[^/]*[a-z])[\w~.-]{20,}$/i;

/** Return the address of a link, which is never fetched for the picture: without keys in its path. */
export function cleanLink(raw: string, secret: Secret): string {
  return cleanAddress(raw, (segment) => KEY.test(segment) || secret(segment)) || '#';
}

/** Tell whether it only names a part of its own document: `#icon`. */
export function isLocal(raw: string): boolean {
  return /^#[\w-]{1,64}$/.test(raw);
}

/** Return a `srcset` with clean addresses. */
export function cleanSrcset(raw: string, secret: Secret): string {
  const candidates: string[] = [];
  let rest = raw;
  while (true) {
    rest = rest.replace(/^[\s,]+/, '');
    const address = /^\S+/.exec(rest)?.[0];
    if (address === undefined) return candidates.join(', ');
    rest = rest.slice(address.length);
    const bare = address.replace(/,+$/, '');
    let descriptor = '';
    if (bare === address) {
      const until = rest.indexOf(',');
      descriptor = (until < 0 ? rest : rest.slice(0, until)).trim();
      rest = until < 0 ? '' : rest.slice(until + 1);
    }
    const clean = cleanAddress(bare, secret);
    if (!clean) continue;
    candidates.push(/^[\d.]+[wxh]$/.test(descriptor) ? `${clean} ${descriptor}` : clean);
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not encoded at all, or not in UTF-8
  }
}

/** Photographs, fonts and drawings without words stay; anything else that an address holds itself goes. */
function cleanData(address: string, secret: Secret): string {
  if (address.length > LARGEST_DATA) return '';
  if (SHOWN_DATA.test(address)) return address;
  const svg = SVG_IMAGE.exec(address);
  if (!svg) return '';
  const [, options = '', content = ''] = svg;
  let source: string;
  try {
    source = /;\s*base64/i.test(options) ? atob(decodeURIComponent(content)) : decoded(content);
  } catch {
    return '';
  }
  if (
    WORDED.test(source) ||
    secret(source.replace(/\s(?:d|points|viewBox|transform)=("|').*?\1/gis, ''))
  ) {
    return '';
  }
  return address;
}
