/**
 * The small field in which staff type what goes into a field of the shopper's page. It begins
 * empty and shows nothing of what the shopper typed: filling is write-only.
 */
import type { PlayerWords } from './port.ts';

const MAX_VALUE = 4_000; // characters, as the wire allows
const TEXTS =
  /^(text|search|email|tel|url|number|date|month|week|time|datetime-local|color|range|)$/;

export type Field =
  | { kind: 'line'; type: string }
  | { kind: 'text' }
  | { kind: 'choice'; options: { value: string; text: string }[] };

/** Returns how an element of the mirror is filled, or null when it is not a field. */
export function fieldOf(element: Element): Field | null {
  const tag = element.tagName;
  if (tag === 'TEXTAREA' || element.closest('[contenteditable]:not([contenteditable="false"])')) {
    return { kind: 'text' };
  }
  if (tag === 'SELECT' || tag === 'OPTION') {
    const options = [...(element.closest('select')?.querySelectorAll('option') ?? [])]
      .filter((option) => !option.disabled)
      .map((option) => ({ value: option.getAttribute('value') ?? option.text, text: option.text }));
    return options.length > 0 ? { kind: 'choice', options } : null;
  }
  if (tag === 'INPUT') {
    const type = (element.getAttribute('type') ?? '').toLowerCase();
    return TEXTS.test(type) ? { kind: 'line', type: type === 'range' ? 'number' : type } : null;
  }
  return null;
}

export interface Place {
  left: number;
  top: number;
  width: number;
}

export class Fill {
  readonly #root: HTMLElement;
  #form: HTMLElement | null = null;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  get open(): boolean {
    return this.#form !== null;
  }

  /** Opens the field at `place`; `send` gets what was typed. */
  ask(field: Field, place: Place, words: PlayerWords, send: (value: string) => void): void {
    this.close();
    // No form: this page is sandboxed, and may not send one.
    const form = document.createElement('div');
    form.className = 'fill';
    form.setAttribute('role', 'group');
    const label = document.createElement('label');
    const control = controlOf(field);
    const button = document.createElement('button');
    button.type = 'button';
    label.append(text('span', words.fill), control);
    button.append(text('span', words.fillSend));
    form.append(label, button);
    const done = () => {
      this.close();
      send(control.value);
    };
    button.addEventListener('click', done);
    (control as HTMLElement).addEventListener('keydown', (event) => {
      const plain = field.kind !== 'text' || event.ctrlKey || event.metaKey;
      if (event.key === 'Enter' && plain && !event.isComposing) {
        event.preventDefault();
        done();
      }
    });
    this.#form = form;
    this.#root.append(form);
    const { clientWidth, clientHeight } = this.#root;
    form.style.minWidth = `${Math.min(Math.max(place.width, 260), clientWidth - 16)}px`;
    const { offsetWidth, offsetHeight } = form;
    form.style.left = `${clamp(place.left, 8, clientWidth - offsetWidth - 8)}px`;
    form.style.top = `${clamp(place.top, 8, clientHeight - offsetHeight - 8)}px`;
    control.focus();
  }

  close(): void {
    this.#form?.remove();
    this.#form = null;
  }
}

function controlOf(field: Field): HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  if (field.kind === 'choice') {
    const select = document.createElement('select');
    select.append(...field.options.map(({ value, text: shown }) => new Option(shown, value)));
    return select;
  }
  const control = document.createElement(field.kind === 'text' ? 'textarea' : 'input');
  control.maxLength = MAX_VALUE;
  control.autocomplete = 'off';
  control.spellcheck = false;
  if (control instanceof HTMLInputElement && field.kind === 'line') {
    control.type = /^(email|tel|url|search|)$/.test(field.type) ? 'text' : field.type;
  }
  return control;
}

function text(tag: string, words: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
