/**
 * Fills a field so that the shop's own code notices, whatever it is made with. Write-only: nothing
 * of what stood there, or of what became of it, is told.
 *
 * React keeps what it last saw in a property of the element itself, and ignores an `input` event
 * after which that is unchanged; the setter of the element's class goes past it.
 */

const TYPED =
  /^(text|search|email|tel|url|number|date|month|week|time|datetime-local|color|range)$/;

type Field = HTMLInputElement | HTMLTextAreaElement;

/** Fill `element` with `value`; returns whether it is a field that takes it. */
export function fill(element: Element, value: string): boolean {
  if (element.matches(':disabled,[readonly],[aria-readonly=true]')) return false;
  switch (element.localName) {
    case 'textarea':
      return write(element as HTMLTextAreaElement, value);
    case 'select':
      return choose(element as HTMLSelectElement, value);
    case 'input': {
      const input = element as HTMLInputElement;
      if (/^(checkbox|radio)$/.test(input.type)) return tick(input, value);
      return TYPED.test(input.type) && write(input, value);
    }
    default:
      return rewrite(element as HTMLElement, value);
  }
}

function write(field: Field, value: string): boolean {
  const text = field.maxLength >= 0 ? value.slice(0, field.maxLength) : value; // as typing would
  field.focus({ preventScroll: true });
  const setter = setterOf(field);
  const before = field.value;
  setter.call(field, text);
  if (text && !field.value) {
    setter.call(field, before); // the browser found no date, number or colour in it
    return false;
  }
  notice(field, text);
  return true;
}

function setterOf(field: Field): (value: string) => void {
  const setter = Object.getOwnPropertyDescriptor(classOf(field), 'value')?.set;
  if (!setter) throw new TypeError('a field without a value');
  return setter;
}

/** The browser's own class of a field: of its window, and not what a page put in between. */
function classOf(field: Field): object {
  const { HTMLInputElement, HTMLTextAreaElement } = viewOf(field);
  return (field.localName === 'input' ? HTMLInputElement : HTMLTextAreaElement).prototype;
}

function viewOf(element: Element): Window & typeof globalThis {
  return element.ownerDocument.defaultView ?? window;
}

/** By an option's value, else by what it says. */
function choose(select: HTMLSelectElement, value: string): boolean {
  const options = [...select.options].filter((option) => !option.matches(':disabled,:disabled *'));
  const option =
    options.find((each) => each.value === value) ??
    options.find((each) => each.text.trim() === value.trim());
  if (!option) return false;
  select.focus({ preventScroll: true });
  option.selected = true;
  notice(select);
  return true;
}

/** "true" or "false"; a radio button is only ever pressed. */
function tick(input: HTMLInputElement, value: string): boolean {
  if (!/^(true|false)$/.test(value) || (input.type === 'radio' && value === 'false')) return false;
  if (`${input.checked}` !== value) input.click();
  return true;
}

/** A plain editable part. Editors keep a model of their own, which this would break. */
function rewrite(element: HTMLElement, value: string): boolean {
  if (!element.isContentEditable || element.firstElementChild) return false;
  if (element.parentElement?.isContentEditable) return false;
  element.focus({ preventScroll: true });
  element.textContent = value;
  notice(element, value, false);
  return true;
}

function notice(element: Element, data: string | null = null, change = true): void {
  const { Event, InputEvent } = viewOf(element);
  const to = { bubbles: true, composed: true };
  element.dispatchEvent(
    new InputEvent('input', { ...to, data, inputType: 'insertReplacementText' }),
  );
  if (change) element.dispatchEvent(new Event('change', { bubbles: true }));
}
