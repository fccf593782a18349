/**
 * Style sheets without what they carry: comments, queries in addresses, words in strings. Pure.
 *
 * CSS Syntax Level 3, as far as needed to tell comments, strings and `url()` apart. An address
 * written with escapes cannot be judged and goes.
 */

/** What is done to the parts of a style sheet. */
export interface CssRules {
  /** What stays of a comment. */
  comment?: (comment: string) => string;
  /** What stays of an address. */
  address?: (address: string) => string;
  /** What stays of any other string. */
  string?: (string: string) => string;
}

const PART =
  /(\/\*[\s\S]*?(?:\*\/|$))|\burl\(\s*(?:"((?:\\[\s\S]|[^"\\\n])*)"|'((?:\\[\s\S]|[^'\\\n])*)'|((?:\\[\s\S]|[^)\\])*))\s*\)|"((?:\\[\s\S]|[^"\\\n])*)(?:"|$)|'((?:\\[\s\S]|[^'\\\n])*)(?:'|$)/gi;
/** A string that is an address by its place: `@import "x"`, `image-set("x" 1x)`, `src("x")`. */
const ADDRESSED = /(?:@import\s+|@namespace[^;"']*|(?:image-set|src)\([^;{}]*)$/i;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|\.{0,2}\/)\S*$|^\S*[?#]\S*=\S*$/i;
/** A letter written as an escape: `\75rl(` is `url(`. */
const LETTER = /\\0{0,4}([46][1-9a-f]|[57][0-9a])(?![0-9a-f])\s?/gi;
/** A custom property may hold any words. One with less than these tells of sizes and colours. */
const PROPERTY = /(--[\w-]+\s*:)([^;{}]*)/g;
const TELLING = /@|[\p{L}\p{N}]{6}/u;
const LOOK_BACK = 200;

/** Return the style sheet, or the declarations, as the rules leave them. */
export function cleanCss(css: string, rules: CssRules): string {
  if (!/["'(]|\/\*|--/.test(css)) return css;
  const plain = css.includes('\\') ? css.replace(LETTER, unescaped) : css;
  const { string } = rules;
  const parted = plain.replace(
    PART,
    (part, comment, double, single, bare, quoted, ticked, ...rest) => {
      if (comment !== undefined) return rules.comment ? rules.comment(comment) : comment;
      const inUrl = double ?? single ?? bare;
      if (inUrl !== undefined)
        return rules.address ? `url("${clean(inUrl, rules.address)}")` : part;
      const text: string = quoted ?? ticked ?? '';
      const at: number = rest[0];
      const before = plain.slice(Math.max(0, at - LOOK_BACK), at);
      if (ADDRESSED.test(before) || ADDRESS.test(text)) {
        return rules.address ? `"${clean(text, rules.address)}"` : part;
      }
      if (!rules.string) return part;
      const shown = rules.string(text);
      return shown === text ? part : `"${shown}"`;
    },
  );
  if (!string) return parted;
  return parted.replace(PROPERTY, (property, name, value) =>
    TELLING.test(value) && string(value) !== value ? name : property,
  );
}

function unescaped(_escape: string, code: string): string {
  return String.fromCharCode(Number.parseInt(code, 16));
}

function clean(address: string, rule: (address: string) => string): string {
  const whole = address.trim().replace(/\\(["'])/g, '$1');
  return whole.includes('\\') ? '' : rule(whole).replace(/["\n]/g, '%22');
}
