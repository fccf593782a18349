/**
 * Numbers that belong to one person: payment cards (ISO/IEC 7812, Luhn), bank accounts (ISO 13616,
 * mod 97) and the personal identity codes of Finland, Sweden, Norway, Denmark and Estonia. Pure.
 *
 * Each is found with the spaces and hyphens that people and pages write in it, and believed only
 * when its check digits or its date fit, so that prices and product codes stay readable.
 */
import type { Span } from './spans.ts';

// White space of any length, for HTML shows it as one space; also what shows as nothing at all.
const BLANK = '[\\s\\u00ad\\u200b-\\u200d\\u2060\\ufeff]{0,40}';
const DIGIT_RUN = new RegExp(
  `\\d(?:${BLANK}(?:[\\-\\u2010-\\u2015\\u2212·./_|]${BLANK})?\\d){9,}`,
  'g',
);
const GROUP = /\d+/g;
const TEN_DIGITS = /(?:\d\D*){9}\d/;

/** Tell whether a string of digits passes Luhn's check. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

interface Group {
  start: number;
  end: number;
}

/**
 * Every stretch of whole groups of digits. Groups are of three and more (the last may be shorter),
 * or of one: "36 37 38 39 40 41 42" are sizes.
 */
function* windows(text: string, fewest: number, most: number): Generator<[string, Span]> {
  if (!TEN_DIGITS.test(text)) return;
  for (const run of text.matchAll(DIGIT_RUN)) {
    const groups: Group[] = [];
    for (const group of run[0].matchAll(GROUP)) {
      const start = run.index + group.index;
      groups.push({ start, end: start + group[0].length });
    }
    for (const [at, first] of groups.entries()) {
      const single = first.end - first.start === 1;
      let digits = '';
      for (let next = at; next < groups.length; next += 1) {
        const { start, end } = groups[next] as Group;
        digits += text.slice(start, end);
        if (digits.length > most) break;
        if (digits.length >= fewest) yield [digits, [first.start, end]];
        if (single ? end - start > 1 : end - start < 3) break;
      }
    }
  }
}

/** Find numbers of 13 to 19 digits that pass Luhn's check. */
export function cards(text: string): Span[] {
  const found: Span[] = [];
  for (const [digits, span] of windows(text, 13, 19)) if (luhn(digits)) found.push(span);
  return found;
}

// Lengths from the IBAN registry: the countries of the EEA, Britain and Switzerland.
const IBAN_LENGTH = new Map<string, number>(
  `AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22 IS26 IT27
  LI21 LT20 LU20 LV21 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const IBAN_START = /[a-z]{2}\d{2}/i;
// Ahead of the place, so that one may begin within what looks like another ("RF18 … FI21 …").
const IBAN = /(?<![\p{L}\d])(?=([a-z]{2}\d{2}(?:[\s-]{0,40}[a-z\d]){11,30}))/giu;

/** Find international bank account numbers. */
export function accounts(text: string): Span[] {
  const found: Span[] = [];
  if (!IBAN_START.test(text)) return found;
  for (const match of text.matchAll(IBAN)) {
    const [, whole = ''] = match;
    const length = IBAN_LENGTH.get(whole.slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    let account = '';
    let end = 0;
    for (; end < whole.length && account.length < length; end += 1) {
      const character = whole.charAt(end);
      if (/[a-z\d]/i.test(character)) account += character.toUpperCase();
    }
    if (account.length === length && mod97(account) === 1) {
      found.push([match.index, match.index + end]);
    }
  }
  return found;
}

function mod97(account: string): number {
  let rest = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

const SIX_DIGITS = /\d{6}/;
const HYPHEN = '[-\\u2010-\\u2015\\u2212]';
// DDMMYY, the century's sign (since 2023 also B-F and U-Y), a number, a check character.
const HETU = new RegExp(
  `(?<![\\p{L}\\d])(\\d{6})(?:${HYPHEN}|[+A-FU-Y])(\\d{3})([0-9A-FHJ-NPR-Y])(?![\\p{L}\\d])`,
  'giu',
);
const HETU_CHECK = '0123456789ABCDEFHJKLMNPRSTUVWXY';
const CPR = new RegExp(`(?<![\\d-])(\\d{6})${HYPHEN}\\d{4}(?![\\d-])`, 'g');
// A personnummer as it is written: the year in two or four figures, "-" or "+" before the last four.
const PERSONNUMMER = /(?<!\d)(?:\d{2})?(\d{6})[-+\u2010-\u2015\u2212 ]?(\d{4})(?!\d)/g;
const BALTIC_OR_NORWEGIAN = /(?<!\d)(\d{6})[ ]?(\d{5})(?!\d)/g;

/** Find personal identity codes of Finland, Sweden, Norway, Denmark and Estonia. */
export function identityCodes(text: string): Span[] {
  const found: Span[] = [];
  if (!SIX_DIGITS.test(text)) return found;
  const take = (match: RegExpExecArray) => found.push([match.index, match.index + match[0].length]);
  for (const match of text.matchAll(HETU)) {
    const [, date = '', number = '', check = ''] = match;
    if (!isDate(date.slice(0, 2), date.slice(2, 4))) continue;
    if (HETU_CHECK[Number(date + number) % 31] === check.toUpperCase()) take(match);
  }
  if (!TEN_DIGITS.test(text)) return found;
  for (const match of text.matchAll(CPR)) {
    const date = match[1] ?? '';
    if (isDate(date.slice(0, 2), date.slice(2, 4))) take(match);
  }
  for (const match of text.matchAll(PERSONNUMMER)) {
    const [, date = '', rest = ''] = match;
    const day = Number(date.slice(4));
    // A co-ordination number has sixty added to the day.
    const plain = String(day > 60 ? day - 60 : day).padStart(2, '0');
    if (isDate(plain, date.slice(2, 4)) && luhn(date + rest)) take(match);
  }
  for (const match of text.matchAll(BALTIC_OR_NORWEGIAN)) {
    const digits = `${match[1]}${match[2]}`;
    if (isNorwegian(digits) || isEstonian(digits)) take(match);
  }
  return found;
}

function isDate(day: string, month: string): boolean {
  return Number(day) >= 1 && Number(day) <= 31 && Number(month) >= 1 && Number(month) <= 12;
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0);
}

function isNorwegian(digits: string): boolean {
  const day = Number(digits.slice(0, 2)) % 40; // D numbers have forty added to the day
  const month = Number(digits.slice(2, 4)) % 40; // and synthetic ones to the month
  if (!isDate(String(day), String(month))) return false;
  const first = weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11;
  return first === 0 && weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

function isEstonian(digits: string): boolean {
  if (!/^[1-8]/.test(digits) || !isDate(digits.slice(5, 7), digits.slice(3, 5))) return false;
  let check = weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  if (check === 10) check = weighted(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  return (check === 10 ? 0 : check) === Number(digits[10]);
}

const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
// From the sign on: to look for what stands before it first takes a page's time by the square.
const DOMAIN = /\s?@\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/** Find e-mail addresses. */
export function emails(text: string): Span[] {
  const found: Span[] = [];
  if (!text.includes('@')) return found;
  for (const match of text.matchAll(DOMAIN)) {
    let start = match.index;
    while (start > 0 && LOCAL.test(text.charAt(start - 1))) start -= 1;
    if (start < match.index) found.push([start, match.index + match[0].length]);
  }
  return found;
}
