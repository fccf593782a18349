/**
 * Light or dark as the shopper has it: the mirror stands in the agent's browser, which would judge
 * `prefers-color-scheme` by the agent's own wish. What is asked there is answered here. Pure.
 *
 * Media Queries Level 5, section 12.5; CSS Color Adjustment Level 1, section 2.
 */
/** The media query of the shopper's own wish. */
export const DARK_WISH = '(prefers-color-scheme: dark)';

const ASKED = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi;
const BOTH = /(\bcolor-scheme\s*:\s*)(?:light\s+dark|dark\s+light)/gi;
const YES = '(min-width:0px)';
const NO = '(max-width:0px)';

/** Return a style sheet, or the text of a media query, with the scheme settled. */
export function settleScheme(css: string, dark: () => boolean): string {
  if (!/color-scheme/i.test(css)) return css;
  const wished = dark() ? 'dark' : 'light';
  return css
    .replace(ASKED, (_query, asked: string) => (asked.toLowerCase() === wished ? YES : NO))
    .replace(BOTH, `$1${wished}`);
}
