import { expect, test } from 'vitest';
import { kindOf, wellFormed } from './attributes.ts';

test.each([
  ['div', 'data-user'],
  ['div', 'onclick'],
  ['iframe', 'srcdoc'],
  ['input', 'placeholder'],
  ['p', 'title'],
  ['p', 'aria-label'],
  ['img', 'alt'],
  ['meta', 'content'],
  ['meta', 'class'],
  ['base', 'href'],
  ['form', 'action'],
  ['video', 'src'],
  ['iframe', 'src'],
  ['embed', 'src'],
  ['object', 'data'],
  ['track', 'label'],
  ['meter', 'value'],
  ['iframe', 'rr_src'],
  ['canvas', 'rr_dataURL'],
  ['video', 'rr_mediaCurrentTime'],
  ['div', 'href'],
  ['x-app', 'user'],
])('%s %s is not sent', (tag, name) => {
  expect(kindOf(tag, name)).toBeNull();
});

test.each([
  ['div', 'class', 'names'],
  ['img', 'src', 'image'],
  ['img', 'srcset', 'images'],
  ['a', 'href', 'link'],
  ['lineargradient', 'href', 'link'],
  ['svg', 'xlink:href', 'link'],
  ['input', 'value', 'value'],
  ['option', 'label', 'label'],
  ['style', '_cssText', 'sheet'],
  ['div', 'style', 'style'],
  ['path', 'd', 'path'],
])('%s %s is sent as %s', (tag, name, kind) => {
  expect(kindOf(tag, name)).toBe(kind);
});

test.each([
  ['number', '12'],
  ['length', '12.5px'],
  ['length', '-3 4, 5'],
  ['path', 'M1.5 1L9,9z'],
  ['path', 'translate(1 2)'],
  ['word', 'stylesheet'],
  ['names', 'anything at all'],
  ['word', ''],
] as const)('a %s may be "%s"', (kind, value) => {
  expect(wellFormed(kind, value)).toBe(true);
});

test.each([
  ['number', '123456'],
  ['number', 'Anna'],
  ['length', 'Anna'],
  ['length', '4111111111111111'],
  ['path', 'annaandersson'],
  ['path', 'a@b'],
  ['word', 'a@b'],
  ['word', 'x'.repeat(41)],
  ['word', 'a8f3'],
] as const)('a %s may not be "%s"', (kind, value) => {
  expect(wellFormed(kind, value)).toBe(false);
});
