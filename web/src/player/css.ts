/**
 * Cleans style sheets and declarations of a page that may be hostile: whatever would load
 * something goes through the image proxy, and `@import` is no more. Pure.
 *
 * It reads the text as CSS Syntax Level 3 (section 4) does, escapes and comments included, since
 * `u\72l(` and `u/**\/rl(` differ to a browser. What it does not know it leaves: rules that load
 * nothing are harmless in a frame of their own.
 *
 * On the way `:hover` becomes a class and the device's width the window's, because the mirror has
 * neither the shopper's mouse nor their screen.
 *
 * Every piece ends outside strings, comments and parentheses, and has white space at its ends:
 * pieces that a page puts into one `<style>` cannot make a new token together.
 */
import { proxied } from './addresses.ts';

const SPLIT = '/* rr_split */'; // the recorder's mark between the text nodes of one <style>
const LOADING = /\\|url|import|image|src\s*\(|cross-fade/i;
const SETS = /^(?:-webkit-)?(?:image-set|image|cross-fade)$/; // strings in these are addresses
const REFERENCES = /^(?:var|env|attr|if|inherit|--.*)$/; // could bring in an address unseen
const HOVERED = '.\\:hover'; // a class that the mirror gives to what is under the shopper's pointer
const DEVICE = /^(min|max)-device-(width|height)$/;
const NOTHING = 'url("data:,")';

const HEX = /[0-9a-f]/i;
const NAMES = /[\w\-\u0080-\uffff]+/y;
const PLAIN = /[^\\"'@()[\]/<\w\-\u0080-\uffff]+/y;
const NEWLINE = /[\n\r\f]/;

/** Returns the text of a style sheet, or of a part of one, clean. */
export function cleanSheet(css: string, images: string): string {
  return new Cleaner(css, images).run();
}

/** Returns the value of a `style` attribute or of one property, clean. */
export function cleanDeclarations(css: string, images: string): string {
  return LOADING.test(css) || css.includes('/*') ? cleanSheet(css, images).trim() : css;
}

class Cleaner {
  readonly #css: string;
  readonly #images: string;
  readonly #out: string[] = [];
  /** The functions and brackets that are open, by name or character. */
  readonly #open: string[] = [];
  #at = 0;

  constructor(css: string, images: string) {
    this.#css = css.replaceAll('\0', '\ufffd'); // 3.3
    this.#images = images;
  }

  run(): string {
    while (this.#at < this.#css.length) {
      this.#token();
    }
    for (let left = this.#open.length; left > 0; left -= 1) {
      this.#close(this.#open.pop() ?? '');
    }
    return `\n${this.#out.join('')}\n`;
  }

  #close(opened: string): void {
    this.#out.push(opened === '[' ? ']' : ')');
  }

  /** Returns what `pattern` finds at the place, and moves behind it. */
  #run(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#css)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #escapes(): boolean {
    return this.#css[this.#at] === '\\' && !NEWLINE.test(this.#css[this.#at + 1] ?? '\n');
  }

  #token(): void {
    const css = this.#css;
    const plain = this.#run(PLAIN);
    if (plain !== '') {
      this.#out.push(plain);
      return;
    }
    const char = css[this.#at] ?? '';
    if (css.startsWith('<!--', this.#at)) {
      this.#at += 4; // CDO: not the beginning of a name
      this.#out.push(' ');
    } else if (char === '/' && css[this.#at + 1] === '*') {
      this.#comment();
    } else if (char === '"' || char === "'") {
      this.#string(char);
    } else if (char === '@') {
      this.#at += 1;
      this.#atKeyword();
    } else if (/[()[\]/<\\]/.test(char) && !this.#escapes()) {
      this.#at += 1;
      this.#mark(char);
    } else {
      this.#word();
    }
  }

  #mark(char: string): void {
    if (char === '(' || char === '[') {
      this.#open.push(char);
    } else if (char === ')' || char === ']') {
      const opened = this.#open.pop();
      if (opened === undefined || (opened === '[') !== (char === ']')) {
        // What a browser would make of it depends on what stands before: not worth showing.
        if (opened !== undefined) {
          this.#open.push(opened);
        }
        return;
      }
    } else if (char === '\\') {
      return; // escapes nothing here, and must not escape what comes after
    }
    this.#out.push(char);
  }

  #comment(): void {
    const end = this.#css.indexOf('*/', this.#at + 2);
    const stop = end < 0 ? this.#css.length : end + 2;
    this.#out.push(this.#css.slice(this.#at, stop) === SPLIT ? SPLIT : ' ');
    this.#at = stop;
  }

  /** Reads a string and returns what it means, or null when it is broken off. */
  #readString(quote: string): string | null {
    const css = this.#css;
    let value = '';
    this.#at += 1;
    while (this.#at < css.length) {
      const char = css[this.#at] ?? '';
      if (char === quote) {
        this.#at += 1;
        return value;
      }
      if (NEWLINE.test(char)) {
        return null; // a bad string: ends before the line does
      }
      if (char !== '\\') {
        value += char;
        this.#at += 1;
      } else if (NEWLINE.test(css[this.#at + 1] ?? '')) {
        this.#at += css.startsWith('\r\n', this.#at + 1) ? 3 : 2;
      } else {
        value += this.#escape();
      }
    }
    return value;
  }

  #string(quote: string): void {
    const start = this.#at;
    const value = this.#readString(quote);
    const inSet = this.#open.some((name) => SETS.test(name));
    if (value === null) {
      this.#out.push('""');
    } else if (inSet && !this.#inType()) {
      const way = proxied(value, this.#images);
      this.#out.push(way === null ? NOTHING : quoted(way));
    } else {
      const raw = this.#css.slice(start, this.#at);
      this.#out.push(raw.length > 1 && whole(raw, quote) ? raw : quoted(value));
    }
  }

  /** Inside `type("image/avif")` of an image-set: no address. */
  #inType(): boolean {
    return this.#open.at(-1) === 'type';
  }

  /** Reads the escape at the place and returns what it means (4.3.7). */
  #escape(): string {
    const css = this.#css;
    this.#at += 1;
    let digits = '';
    while (digits.length < 6 && HEX.test(css[this.#at] ?? '')) {
      digits += css[this.#at];
      this.#at += 1;
    }
    if (digits === '') {
      const char = String.fromCodePoint(css.codePointAt(this.#at) ?? 0xfffd);
      this.#at += char.length;
      return char;
    }
    if (css.startsWith('\r\n', this.#at)) {
      this.#at += 2;
    } else if (/\s/.test(css[this.#at] ?? '')) {
      this.#at += 1;
    }
    const code = Number.parseInt(digits, 16);
    const sound = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return String.fromCodePoint(sound ? code : 0xfffd);
  }

  /** Reads a name and returns what it means. */
  #name(): string {
    let name = this.#run(NAMES);
    while (this.#escapes()) {
      name += this.#escape() + this.#run(NAMES);
    }
    return name;
  }

  #atKeyword(): void {
    const start = this.#at;
    const name = this.#name().toLowerCase();
    if (name === 'import' || name.endsWith('document')) {
      this.#out.push('@gone');
    } else {
      this.#out.push('@', this.#css.slice(start, this.#at));
    }
  }

  #word(): void {
    const start = this.#at;
    const name = this.#name().toLowerCase();
    const raw = this.#css.slice(start, this.#at);
    if (this.#css[this.#at] !== '(') {
      this.#plain(name, raw);
      return;
    }
    this.#at += 1;
    if (name === 'url' || name === 'src') {
      this.#address(name);
    } else {
      const hidden = REFERENCES.test(name) && this.#open.some((opened) => SETS.test(opened));
      this.#out.push(hidden ? 'gone(' : `${raw}(`);
      this.#open.push(name);
    }
  }

  /** A name alone: what depends on the screen or the mouse follows the shopper's. */
  #plain(name: string, raw: string): void {
    const before = this.#out.at(-1);
    if (name === 'hover' && before?.endsWith(':') && this.#open.at(-1) !== '(') {
      const [next] = /^\s*(\S?)/.exec(this.#css.slice(this.#at, this.#at + 20))?.slice(1) ?? [];
      if (next !== ';' && next !== '}') {
        this.#out[this.#out.length - 1] = before.slice(0, -1);
        this.#out.push(HOVERED);
        return;
      }
    }
    this.#out.push(DEVICE.test(name) ? name.replace('device-', '') : raw);
  }

  /** Reads the inside of `url(…)`, and what follows up to its end. */
  #address(name: string): void {
    const css = this.#css;
    while (/\s/.test(css[this.#at] ?? '')) {
      this.#at += 1;
    }
    const quote = css[this.#at];
    let value: string | null = '';
    if (quote === '"' || quote === "'") {
      value = this.#readString(quote);
      this.#skip();
    } else if (name === 'src') {
      value = null;
      this.#skip();
    } else {
      value = this.#bare();
    }
    this.#out.push(this.#loaded(value));
  }

  #loaded(value: string | null): string {
    if (value === null) {
      return NOTHING;
    }
    if (/^#[\w.:-]+$/.test(value.trim())) {
      return `url("${value.trim()}")`; // a filter, a mask or a gradient of the page itself
    }
    const way = proxied(value, this.#images);
    return way === null ? NOTHING : `url(${quoted(way)})`;
  }

  /** Reads an address without quotes (4.3.6). */
  #bare(): string | null {
    const css = this.#css;
    let value = '';
    while (this.#at < css.length) {
      const char = css[this.#at] ?? '';
      if (char === ')') {
        this.#at += 1;
        return value;
      }
      if (/["'(]/.test(char)) {
        this.#skip();
        return null;
      }
      if (this.#escapes()) {
        value += this.#escape();
      } else {
        value += char;
        this.#at += 1;
      }
    }
    return value;
  }

  /** Skips to behind the parenthesis that ends this function. */
  #skip(): void {
    const css = this.#css;
    let depth = 1;
    while (this.#at < css.length && depth > 0) {
      const char = css[this.#at] ?? '';
      if (char === '\\') {
        this.#escape();
        continue;
      }
      if (char === '"' || char === "'") {
        this.#readString(char);
        continue;
      }
      depth += char === '(' ? 1 : char === ')' ? -1 : 0;
      this.#at += 1;
    }
  }
}

/** Says whether a string ends with its own quote, and not with an escaped one. */
function whole(raw: string, quote: string): boolean {
  return raw.endsWith(quote) && /^(?:[^\\]|\\[\s\S])*$/.test(raw.slice(1, -1));
}

function quoted(value: string): string {
  return `"${value.replace(/["\\\n\r\f]/g, (char) => `\\${char.charCodeAt(0).toString(16)} `)}"`;
}
