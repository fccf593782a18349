import { describe, expect, test } from 'vitest';
import { cleanAddress, cleanLink, cleanSrcset, isLocal } from './addresses.ts';

const none = () => false;
const mail = (text: string) => text.includes('@');

describe('an address', () => {
  test.each([
    ['https://shop.example/a/b.png?token=1', 'https://shop.example/a/b.png'],
    ['/a#secret', '/a'],
    ['//cdn.example/a.js?x', '//cdn.example/a.js'],
    ['../a;jsessionid=1', '../a'],
    ['/to/https%3A%2F%2Fx%3Ftoken%3D1', '/to/https%3A%2F%2Fx'],
    ['/to/x%23secret', '/to/x'],
    ['https://anna:word@shop.example/a', 'https://shop.example/a'],
    ['//anna@shop.example/a', '//shop.example/a'],
    [' /a\n/b ', '/a/b'],
    ['?token=1', ''],
    ['', ''],
  ])('%s leaves %s', (raw, clean) => {
    expect(cleanAddress(raw, none)).toBe(clean);
  });

  test.each([
    'mailto:a@b.example',
    'tel:+358401234567',
    'javascript:x()',
    'blob:https://x/1',
    'about:blank',
    'data:text/html,x',
  ])('%s goes altogether', (raw) => {
    expect(cleanAddress(raw, none)).toBe('');
  });

  test('loses the part of its path that is a secret, encoded or not', () => {
    expect(cleanAddress('/of/anna%40mail.example/a', mail)).toBe('/of/-/a');
    expect(cleanAddress('/of/%E0%A4%A/a', mail)).toBe('/of/%E0%A4%A/a'); // not encoded at all
  });
});

describe('data', () => {
  const svg = (content: string) => `data:image/svg+xml,${encodeURIComponent(content)}`;

  test.each(['data:image/png;base64,iVBORw0KGgo=', 'data:font/woff2;base64,d09GMg=='])(
    '%s stays',
    (raw) => {
      expect(cleanAddress(raw, none)).toBe(raw);
    },
  );

  test('a drawing stays', () => {
    const icon = svg('<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 1"/></svg>');
    expect(cleanAddress(icon, none)).toBe(icon);
    const packed = `data:image/svg+xml;base64,${btoa('<svg><path d="M1 1"/></svg>')}`;
    expect(cleanAddress(packed, none)).toBe(packed);
  });

  test.each([
    svg('<svg><text>Anna</text></svg>'),
    svg('<svg><!-- Anna --></svg>'),
    svg('<svg><image href="/x?token=1"/></svg>'),
    svg('<svg class="a@b"/>'),
    'data:image/svg+xml;base64,***',
    `data:image/png,${'x'.repeat(70_000)}`,
  ])('what holds words, or too much, goes', (raw) => {
    expect(cleanAddress(raw, mail)).toBe('');
  });
});

test('a link loses keys in its path too, and stays a link', () => {
  expect(cleanLink('/reset/8f2c0a9b7d6e5f4a3b2c1d0e/now', none)).toBe('/reset/-/now');
  expect(cleanLink('/a-tent-for-two-people-and-a-dog', none)).toBe(
    '/a-tent-for-two-people-and-a-dog',
  );
  expect(cleanLink('mailto:a@b.example', none)).toBe('#');
});

describe('a srcset', () => {
  test.each([
    ['/a.png?k=1 1x, /b.png?k=2 2x', '/a.png 1x, /b.png 2x'],
    ['/a.png?k=1', '/a.png'],
    ['/a.png?k=1, /b.png?k=2 800w', '/a.png, /b.png 800w'],
    ['/a.png secret words, /b.png 1.5x', '/a.png, /b.png 1.5x'],
    ['blob:x 1x, /b.png 2x', '/b.png 2x'],
    [' , ', ''],
  ])('%s leaves %s', (raw, clean) => {
    expect(cleanSrcset(raw, none)).toBe(clean);
  });
});

test.each([
  ['#icon', true],
  ['#', false],
  ['#a b', false],
  ['/x#icon', false],
])('%s names a part of its own document: %s', (raw, local) => {
  expect(isLocal(raw)).toBe(local);
});
