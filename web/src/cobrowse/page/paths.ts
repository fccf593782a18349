/**
 * Which pages of a shop lie behind the curtain (`SiteRules.pause`). Pure.
 *
 * A pattern is a whole path; `*` stands for any characters. A shop that keeps its pages in the
 * fragment (`/#/checkout/pay`) is matched by that path too.
 */

/** Whether a page at `url` is paused by one of `patterns`. */
export function pauses(patterns: readonly string[], url: string): boolean {
  const { pathname, hash } = new URL(url);
  const paths = [pathname, /^#!?\//.test(hash) ? hash.replace(/^#!?|\?.*/g, '') : ''];
  return patterns.some((pattern) => paths.some((path) => path && matches(pattern, path)));
}

/** `/pay` is `/pay/` to most servers; and nobody writes `%C3%A4` for ä. */
function matches(pattern: string, path: string): boolean {
  const [wanted, got] = [pattern, path].map((text) => readable(text).replace(/(.)\/$/, '$1'));
  const parts = (wanted as string)
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(got as string);
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % of the shop's
  }
}
