/**
 * The fields of a page and what is in them now, so that the page's own texts do not repeat it.
 *
 * Values are read when they may have changed, never kept longer than the page: what a field held
 * before it was emptied or taken away is remembered too, because the page shows it then ("Thank
 * you, Anna"). What is being typed is not remembered letter by letter.
 */
import type { Echoes } from './echoes.ts';

/** Inputs that hold no text of the shopper's. */
const WORDLESS = new Set(['submit', 'button', 'reset', 'image', 'checkbox', 'radio']);
/** Also those whose value would hide half of the page: what no person typed. */
const UNTYPED = new Set([...WORDLESS, 'hidden', 'range', 'color']);
const NEVER_TYPES = new Set(['password', 'hidden', 'file']);
const NEVER_AUTOCOMPLETE = /(?:^|\s)(?:cc-[\w-]+|one-time-code|(?:current|new)-password)(?:\s|$)/i;
// For forms without autocomplete: whole words of a name, as "cardNumber", "card_number", "cvc".
const NEVER_NAME =
  /(?:^|[^a-z])(?:card[-_ ]?(?:no|num|number)|cc[-_ ]?(?:no|num|number|exp|csc)|cvc2?|cvv2?|csc|pass(?:word|wd|code)|salasana|lösenord|losenord|pin(?:[-_ ]?code)?|otp|ssn|hetu|henkil[oö]tunnus|person(?:al)?[-_ ]?(?:nummer|number|id|code)|iban)(?:$|[^a-z])/i;
const PERSONAL_NAME = /name|nimi|namn|address|adress|osoite|street|email|e-?mail|phone|tel/i;

const FIELD_TAGS = new Set(['input', 'textarea', 'select']);
const FIELDS = 'input,textarea,select,[contenteditable]';
const REMEMBERED = 100; // values of fields that are gone
const LONGEST = 10_000; // characters of one value that are looked at
const STALE = 50; // ms until many fields are read again without a sign
const FEW = 300; // fields that are read every time

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function isField(element: Element): element is Field {
  return FIELD_TAGS.has(element.localName) && 'value' in element;
}

/** Tell whether a field holds text, rather than being a button, a box to tick or a picture. */
export function holdsText(field: Field): boolean {
  return field.localName !== 'input' || !WORDLESS.has(field.type);
}

const passwords = new WeakSet<Element>();

/** Tell whether a field's value is never shown, whatever the page says. */
export function neverShown(element: Element): boolean {
  if (!isField(element)) return false;
  if (element.type === 'password') passwords.add(element); // "show password" makes it a text field
  if (NEVER_TYPES.has(element.type) || passwords.has(element)) return true;
  const hint = element.getAttribute('autocomplete');
  if (hint && NEVER_AUTOCOMPLETE.test(hint)) return true;
  if (element.hasAttribute('data-rr-is-password')) return true; // rrweb saw it be one
  const names = `${element.getAttribute('name') ?? ''} ${element.id}`;
  return NEVER_NAME.test(names.replace(/([a-z])([A-Z])/g, '$1_$2'));
}

/** Tell whether the page lets people write in the element itself. */
export function isEditable(element: Element): boolean {
  if (!element.matches('[contenteditable],[role=textbox]')) return false;
  const editable = element.getAttribute('contenteditable');
  if (editable !== null) return editable.toLowerCase() !== 'false';
  return element.getAttribute('role') === 'textbox';
}

/** Call `visit` for every element in a tree, its open shadow roots and frames of the same site. */
export function walk(
  root: Document | ShadowRoot | Element,
  visit: (element: Element) => void,
): void {
  for (const element of root.querySelectorAll('*')) {
    visit(element);
    if (element.shadowRoot) walk(element.shadowRoot, visit);
    const inside = frameDocument(element);
    if (inside) walk(inside, visit);
  }
}

/** Return the document in a frame of the same site, else null. */
export function frameDocument(element: Element): Document | null {
  if (element.localName !== 'iframe' && element.localName !== 'frame') return null;
  try {
    return (element as HTMLIFrameElement).contentDocument;
  } catch {
    return null;
  }
}

function held(element: Element): string {
  if (!isField(element)) return element.textContent ?? '';
  if (element.localName === 'select') {
    const { selectedOptions } = element as HTMLSelectElement;
    return Array.from(selectedOptions, (option) => option.label).join('\n');
  }
  if (element.type === 'file') {
    return Array.from((element as HTMLInputElement).files ?? [], (file) => file.name).join('\n');
  }
  return element.value;
}

/** What to look for in texts when this is in a field. */
function* partsOf(element: Element, value: string): Generator<string> {
  if (value.length > LONGEST) value = value.slice(0, LONGEST);
  for (const line of value.split('\n')) yield line;
  if (!isField(element) || element.localName !== 'input') return;
  const names = `${element.name} ${element.id} ${element.getAttribute('autocomplete') ?? ''} ${element.type}`;
  // "Hello Anna", when the field says "Anna Andersson".
  if (PERSONAL_NAME.test(names)) for (const word of value.split(/[\s,@]+/)) yield word;
}

export class Fields {
  readonly #echoes: Echoes;
  readonly #hides: (field: Element) => boolean;
  readonly #known = new Map<Element, string>();
  readonly #gone = new Set<string>();
  #read = 0;
  /** Something may have changed in the page. */
  #changed = true;
  /** Something did change here. */
  #news = true;

  /** `hides` tells whether a field's value is hidden where it stands. */
  constructor(echoes: Echoes, hides: (field: Element) => boolean) {
    this.#echoes = echoes;
    this.#hides = hides;
  }

  /** How many fields hide what is in them. */
  get size(): number {
    let size = 0;
    for (const field of this.#known.keys()) if (field.isConnected) size += 1;
    return size;
  }

  /** Find the fields of a whole tree. */
  collect(root: Document | ShadowRoot | Element): void {
    walk(root, (element) => this.add(element));
  }

  /** Take in an element, if it is a field that hides what is typed into it. */
  add(element: Element): void {
    if (this.#known.has(element) || !element.matches(FIELDS)) return;
    neverShown(element); // remembers a password field, which the page may make a text field
    if (isField(element) ? UNTYPED.has(element.type) : !isEditable(element)) return;
    if (!this.#hides(element)) return;
    this.#known.set(element, '');
    this.#changed = true;
  }

  /** Something was typed or set: read before the next text is judged. */
  touch(): void {
    this.#changed = true;
  }

  /** Take a value as it is now; the page may empty the field before the next text is judged. */
  note(field: Element): void {
    this.#changed = true;
    const value = held(field);
    if (this.#known.has(field) && this.#known.get(field) !== value) this.#take(field, value);
  }

  /** Read the fields, if anything may have changed since. */
  refresh(): void {
    const now = performance.now();
    if (!this.#changed && this.#known.size > FEW && now - this.#read < STALE) return;
    this.#read = now;
    this.#changed = false;
    for (const [field, last] of this.#known) {
      const value = field.isConnected ? held(field) : '';
      if (value !== last) this.#take(field, value);
      if (!field.isConnected) this.#known.delete(field);
    }
    if (!this.#news) return;
    this.#news = false;
    const values = [...this.#gone];
    for (const [field, value] of this.#known) values.push(...partsOf(field, value));
    this.#echoes.set(values);
  }

  #take(field: Element, value: string): void {
    const last = this.#known.get(field) ?? '';
    this.#known.set(field, value);
    this.#news = true;
    const typing = value.startsWith(last) || (value !== '' && last.startsWith(value));
    if (!typing) this.#remember(field, last);
  }

  #remember(field: Element, value: string): void {
    if ((field as HTMLInputElement).type === 'search') return; // else every search hides more
    for (const part of partsOf(field, value)) {
      if (part.trim().length < 4) continue;
      this.#gone.delete(part);
      this.#gone.add(part);
    }
    for (const oldest of this.#gone) {
      if (this.#gone.size <= REMEMBERED) break;
      this.#gone.delete(oldest);
    }
  }
}
