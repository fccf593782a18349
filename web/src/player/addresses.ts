/**
 * What a mirrored page may load: pictures and fonts through the image proxy, small data: pictures,
 * nothing else. Pure.
 */

const MAX_ADDRESS = 4_000; // characters; the proxy takes no longer ones
const MAX_DATA = 1_500_000; // characters of one picture inside the page
const DATA = /^data:(?:image|font|application\/(?:x-)?font)[^,]*,/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip them, so they hide schemes
const IGNORED = /[\u0000-\u001f]/g;

/** Returns the address through the proxy `images`, or null when it is nothing to be loaded. */
export function proxied(address: unknown, images: string): string | null {
  if (typeof address !== 'string') {
    return null;
  }
  const clean = address.replace(IGNORED, '').trim();
  if (DATA.test(clean)) {
    return clean.length <= MAX_DATA ? clean : null;
  }
  if (clean.length > MAX_ADDRESS || !/^https?:\/\//i.test(clean)) {
    return null;
  }
  const [asked = ''] = clean.split('#', 1);
  return `${images}&u=${encodeURIComponent(asked)}`;
}

/** Returns a `srcset` whose candidates go through the proxy (HTML 4.8.4.2.1). */
export function proxiedSet(srcset: unknown, images: string): string | null {
  if (typeof srcset !== 'string') {
    return null;
  }
  const candidates: string[] = [];
  let rest = srcset;
  while (true) {
    const [, address = '', after = ''] = /^[\s,]*(\S*)([\s\S]*)$/.exec(rest) ?? [];
    if (address === '') {
      break;
    }
    const bare = address.replace(/,+$/, '');
    const comma = bare === address ? after.indexOf(',') : 0;
    const descriptor = (comma < 0 ? after : after.slice(0, comma)).trim();
    rest = comma < 0 ? '' : after.slice(comma);
    const way = proxied(bare, images);
    if (way !== null && /^(\d+(\.\d+)?[wxh]\s*)*$/.test(descriptor)) {
      // A comma at an end would be read as the end of the candidate.
      candidates.push(`${way.replace(/,+$/, '')} ${descriptor}`.trim());
    }
  }
  return candidates.length > 0 ? candidates.join(', ') : null;
}

/** Returns a reference inside the page (`#id`), or null when it leads anywhere else. */
export function local(address: unknown): string | null {
  return typeof address === 'string' && /^\s*#[\w.:-]{1,200}\s*$/.test(address)
    ? address.trim()
    : null;
}
