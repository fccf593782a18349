import { describe, expect, test } from 'vitest';
import { proxied, proxiedSet } from './addresses.ts';
import { cleanDeclarations, cleanSheet } from './css.ts';
import type { CleanEvent, Mutation, SafeNode } from './events.ts';
import { Guard } from './guard.ts';
import { MAX_NODES } from './nodes.ts';

const IMAGES = 'https://player.test/i?k=t';
const around = { images: IMAGES, reserved: (name: string) => name === 'appendChild' };
const LOADS = /@import|url\(\W*http:/;
const through = (address: string) => `${IMAGES}&u=${encodeURIComponent(address)}`;

interface Raw {
  [key: string]: unknown;
}

let last = 100;

function element(
  tagName: string,
  attributes: Raw = {},
  childNodes: Raw[] = [],
  more: Raw = {},
): Raw {
  last += 1;
  return { type: 2, id: last, tagName, attributes, childNodes, ...more };
}

function text(textContent: string, more: Raw = {}): Raw {
  last += 1;
  return { type: 3, id: last, textContent, ...more };
}

function page(...body: Raw[]): Raw[] {
  const html = {
    type: 2,
    id: 2,
    tagName: 'html',
    attributes: {},
    childNodes: [{ type: 2, id: 3, tagName: 'body', attributes: {}, childNodes: body }],
  };
  return [
    { type: 4, data: { href: 'https://shop.test/', width: 800, height: 600 }, timestamp: 1 },
    {
      type: 2,
      data: { node: { type: 0, id: 1, childNodes: [html] }, initialOffset: { top: 0, left: 0 } },
      timestamp: 1,
    },
  ];
}

function body(guard: Guard, ...nodes: Raw[]): SafeNode[] {
  const clean = guard.snapshot(page(...nodes));
  const full = clean?.find((event): event is Extract<CleanEvent, { type: 2 }> => event.type === 2);
  return full?.data.node.childNodes?.[0]?.childNodes?.[0]?.childNodes ?? [];
}

function one(node: Raw): SafeNode {
  const [made] = body(new Guard(around), node);
  if (made === undefined) {
    throw new Error('nothing came through');
  }
  return made;
}

function change(guard: Guard, data: Raw): Mutation {
  const [event] = guard.delta([{ type: 3, data: { source: 0, ...data }, timestamp: 1 }]);
  return (event as { data: Mutation }).data;
}

describe('elements', () => {
  test.each([
    'script',
    'SCRIPT',
    'noscript',
    'object',
    'embed',
    'base',
    'meta',
    'applet',
    'frame',
    'frameset',
    'template',
    'param',
    'plaintext',
  ])('%s keeps its place and nothing else', (tag) => {
    const made = one(element(tag, { src: 'x', content: 'y' }, [text('alert(1)')]));
    expect(made).toMatchObject({ tagName: 'template', attributes: {}, childNodes: [] });
  });

  test.each(['animate', 'set', 'animateTransform', 'script'])('svg %s is gone', (tag) => {
    expect(one(element(tag, {}, [], { isSVG: true })).tagName).toBe('template');
  });

  test('a link becomes the sheet that was put into it, and nothing when there is none', () => {
    const sheet = one(element('link', { rel: 'stylesheet', href: 'http://x', _cssText: 'p{}' }));
    expect(sheet.tagName).toBe('style');
    expect(sheet.attributes?._cssText).toContain('p{}');
    const hint = one(element('link', { rel: 'preconnect', href: 'http://x' }));
    expect(hint).toMatchObject({ tagName: 'style', attributes: {} });
  });

  test('an unknown name is an inert element, a custom one keeps its name', () => {
    expect(one(element('foo')).tagName).toBe('span');
    expect(one(element('x-menu', {}, [], { isCustom: true }))).not.toHaveProperty('isCustom');
    expect(one(element('x-menu')).tagName).toBe('x-menu');
    expect(one(element('x"onload=-')).tagName).toBe('span');
  });

  test('an iframe has no address, and only a document in it', () => {
    const guard = new Guard(around);
    const frame = element('iframe', { src: 'http://x', srcdoc: '<script>', name: 'createElement' });
    const [made] = body(guard, frame);
    expect(made).toMatchObject({ tagName: 'iframe', attributes: {}, childNodes: [] });
    const html = element('html', {}, [element('body')]);
    const added = change(guard, {
      adds: [
        { parentId: frame.id, nextId: null, node: element('div') },
        { parentId: frame.id, nextId: null, node: { type: 0, id: 900, childNodes: [html] } },
        { parentId: 3, nextId: null, node: { type: 0, id: 901, childNodes: [html] } },
      ],
    });
    expect(added.adds.map(({ node }) => node.id)).toEqual([900]);
  });
});

describe('attributes', () => {
  test.each([
    ['img', 'onerror', 'alert(1)'],
    ['div', 'ONCLICK', 'alert(1)'],
    ['form', 'action', 'javascript:alert(1)'],
    ['button', 'formaction', 'http://x'],
    ['a', 'ping', 'http://x'],
    ['body', 'background', 'http://x'],
    ['div', 'name', 'getElementById'],
    ['input', 'id', 'appendChild'],
    ['input', 'autofocus', ''],
    ['video', 'src', 'http://x/a.mp4'],
    ['img', 'src', 'javascript:alert(1)'],
    ['img', 'src', 'ftp://x/a.png'],
    ['div', '__proto__', 'x'],
    ['div', 'constructor', 'x'],
    ['div', 'rr_src', 'http://x'],
    ['div', 'rr_mediaSrc', 'http://x'],
    ['img', 'rr_dataURL', 'http://x/a.png'],
    ['img', 'rr_dataURL', 'data:text/html,x'],
    ['div', 'rr_width', '1px;background:url(http://x)'],
    ['p', '_cssText', 'p{}'],
    ['html', 'manifest', 'http://x'],
    ['img', 'crossorigin', 'use-credentials'],
    ['div', 'is', 'x-menu'],
  ])('<%s %s> is gone', (tag, name, value) => {
    const raw = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as Raw;
    expect(one(element(tag, raw)).attributes).toEqual({});
  });

  test('a link looks like one and leads nowhere', () => {
    expect(one(element('a', { href: 'javascript:alert(1)' })).attributes).toEqual({ href: '#' });
  });

  test('pictures go through the proxy', () => {
    const made = one(
      element('img', {
        src: ' https://shop.test/a.png#x',
        srcset: 'https://shop.test/a,b.png 1x, javascript:x 2x, https://shop.test/c.png 100w',
      }),
    );
    expect(made.attributes).toEqual({
      src: through('https://shop.test/a.png'),
      srcset: `${through('https://shop.test/a,b.png')} 1x, ${through('https://shop.test/c.png')} 100w`,
    });
  });

  test('svg may point at itself only', () => {
    const use = (href: string) => one(element('use', { 'xlink:href': href }, [], { isSVG: true }));
    expect(use('#a').attributes).toEqual({ 'xlink:href': '#a' });
    expect(use('http://x/a.svg#a').attributes).toEqual({});
    expect(use('data:image/svg+xml,x').attributes).toEqual({});
    const filled = one(element('rect', { fill: 'url(http://x#a)' }, [], { isSVG: true }));
    expect(filled.attributes).toEqual({ fill: `url("${through('http://x')}")` });
  });

  test('a change is cleaned by what the element is', () => {
    const guard = new Guard(around);
    const image = element('img');
    const gone = element('script');
    body(guard, image, gone);
    const changed = change(guard, {
      attributes: [
        { id: image.id, attributes: { src: 'http://x/a.png', onload: 'x', alt: null } },
        { id: image.id, attributes: { style: { background: 'url(http://x)', color: false } } },
        { id: gone.id, attributes: { src: 'http://x' } },
        { id: 4242, attributes: { src: 'http://x' } },
      ],
    });
    expect(changed.attributes).toEqual([
      { id: image.id, attributes: { src: through('http://x/a.png'), alt: null } },
      {
        id: image.id,
        attributes: { style: { background: `url("${through('http://x')}")`, color: false } },
      },
    ]);
  });
});

describe('style sheets', () => {
  test.each([
    'url(http://x/a)',
    'URL("http://x/a")',
    "u\\72l('http://x/a')",
    '\\000075 rl(http://x/a)',
    'url(  "http:\\2f/x/a"  )',
    'url(http\\3a//x/a)',
    '<!--url(http://x/a)',
    '1.url(http://x/a)',
    'image-set("http://x/a" 1x)',
    '-webkit-image-set(url(http://x/a) 1x)',
    'image-set("http://x/a" type("image/png"))',
    'cross-fade("http://x/a", red)',
    'image("http://x/a")',
  ])('%s goes through the proxy', (value) => {
    const clean = cleanSheet(`p{background:${value}}`, IMAGES);
    expect(clean).toContain(through('http://x/a'));
    expect(clean.replaceAll(through('http://x/a'), '')).not.toContain('//x');
  });

  test.each([
    '@import "http://x/a";',
    '@IMPORT url(http://x/a);',
    '@\\69mport "http://x/a";',
    '@im\\port "http://x/a";',
    'p{background:image-set(var(--a) 1x)}',
    'p{background:src("x" var(--a))}',
    'p{background:url(http://x/a',
    'p{background:url(javascript:alert(1))}',
    'p{background:url(http://x/a"b)}',
  ])('%s loads nothing', (css) => {
    const clean = cleanSheet(css, IMAGES);
    expect(clean).not.toMatch(/@import|image-set\(var|src\(|url\((?!"(data:,|https:\/\/player))/i);
  });

  test('pieces cannot make a token together', () => {
    const pieces = [
      'p{background:u',
      'rl(http://x/a)}',
      '"',
      '@imp',
      'ort "http://x/b";',
      'url',
      '("http://x/c")',
      '\\',
    ];
    const whole = pieces.map((piece) => cleanSheet(piece, IMAGES)).join('');
    expect(whole).not.toMatch(/url\("?http:\/\/x|@import|\burl\(/);
    expect(cleanSheet(whole, IMAGES).replaceAll(/\s+/g, '')).toBe(whole.replaceAll(/\s+/g, ''));
  });

  test.each([
    ['a:hover > b {}', 'a.\\:hover > b {}'],
    ['a:not(:hover):is(b:HOVER, c) {}', 'a:not(.\\:hover):is(b.\\:hover, c) {}'],
    ['@media (hover:hover) {}', '@media (hover:hover) {}'],
    ['a { --mode:hover; --b:hover }', 'a { --mode:hover; --b:hover }'],
    ['@media (min-device-width: 9px) {}', '@media (min-width: 9px) {}'],
  ])('%s follows the shopper', (css, clean) => {
    expect(cleanSheet(css, IMAGES).trim()).toBe(clean);
  });

  test('what loads nothing stays as it is', () => {
    const css = `.a\\:hover:not([x="y)"]) > p::before { content: "\\201C a; url(b)"; width: calc(1px + 2%) }
      @media (min-width: 10px) { a { color: var(--c, red); filter: url("#f") } }`;
    expect(cleanSheet(css, IMAGES).trim()).toBe(css);
    expect(cleanDeclarations('color: red; width: calc(1px)', IMAGES)).toBe(
      'color: red; width: calc(1px)',
    );
  });

  test('text that comes later into a sheet is a sheet', () => {
    const guard = new Guard(around);
    const words = text('', { isStyle: true });
    const sheet = element('style', {}, [words]);
    body(guard, sheet);
    const changed = change(guard, {
      texts: [{ id: words.id, value: '@import "http://x";' }],
      adds: [
        { parentId: sheet.id, nextId: null, node: text('p{background:url(http://x)}') },
        { parentId: sheet.id, nextId: null, node: element('script') },
      ],
    });
    expect(JSON.stringify(changed)).not.toMatch(LOADS);
    expect(changed.adds).toHaveLength(1);
  });

  test('rules, declarations and adopted sheets are cleaned', () => {
    const guard = new Guard(around);
    const sheet = element('style');
    body(guard, sheet);
    const { id } = sheet;
    const events = guard.delta(
      [
        { source: 8, id, adds: [{ rule: 'p{background:url(http://x)}', index: 0 }] },
        { source: 8, styleId: 3, replaceSync: '@import "http://x"' },
        { source: 13, id, index: [0], set: { property: 'background', value: 'url(http://x)' } },
        {
          source: 15,
          id: 1,
          styleIds: [3],
          styles: [{ styleId: 3, rules: [{ rule: 'a{b:url(http://x)}' }] }],
        },
      ].map((data) => ({ type: 3, data, timestamp: 1 })),
    );
    expect(events).toHaveLength(4);
    expect(JSON.stringify(events)).not.toMatch(LOADS);
  });
});

describe('the tree', () => {
  test('two nodes never share an id', () => {
    const guard = new Guard(around);
    const nodes = body(
      guard,
      element('p', {}, [], { id: 50 }),
      element('style', {}, [], { id: 50 }),
    );
    expect(nodes.map(({ tagName }) => tagName)).toEqual(['p']);
    const moved = change(guard, {
      adds: [{ parentId: 3, nextId: null, node: element('style', {}, [], { id: 50 }) }],
    });
    expect(moved.removes).toEqual([{ id: 50, parentId: 3 }]);
  });

  test('a node is not put into itself, the page is not taken away', () => {
    const guard = new Guard(around);
    body(guard, element('div', {}, [element('p', {}, [], { id: 61 })], { id: 60 }));
    const changed = change(guard, {
      removes: [{ id: 1, parentId: 0 }],
      adds: [{ parentId: 61, nextId: null, node: element('div', {}, [], { id: 60 }) }],
    });
    expect(changed).toMatchObject({ removes: [], adds: [] });
  });

  test('what is added to something gone is gone too', () => {
    const guard = new Guard(around);
    const gone = element('noscript');
    body(guard, gone);
    const changed = change(guard, {
      adds: [
        { parentId: gone.id, nextId: null, node: element('img', {}, [], { id: 70 }) },
        { parentId: 70, nextId: null, node: element('img', {}, [], { id: 71 }) },
      ],
    });
    expect(changed.adds).toEqual([]);
  });

  test('too deep and too many are cut', () => {
    let deep = element('p');
    for (let depth = 0; depth < 2_000; depth += 1) {
      deep = element('div', {}, [deep]);
    }
    let found = 0;
    for (let at: SafeNode | undefined = one(deep); at !== undefined; at = at.childNodes?.[0]) {
      found += 1;
    }
    expect(found).toBeLessThan(520);
    const many = Array.from({ length: MAX_NODES + 10 }, () => text('x'));
    expect(body(new Guard(around), ...many).length).toBeLessThan(MAX_NODES);
  });

  test('sizes are those of a window', () => {
    const guard = new Guard(around);
    const events = page();
    (events[0]?.data as Raw).width = 1e9;
    (events[0]?.data as Raw).height = -5;
    expect(guard.snapshot(events)?.[0]?.data).toMatchObject({ width: 10_000, height: 1 });
    const [resized] = guard.delta([{ type: 3, data: { source: 4, width: 'x', height: 1e9 } }]);
    expect(resized?.data).toMatchObject({ width: 1, height: 10_000 });
  });

  test.each([
    [[]],
    [[null, 1, 'x']],
    [[{ type: 2, data: { node: { type: 0, id: 1, childNodes: [] } } }]],
    [
      [
        { type: 4, data: {} },
        { type: 2, data: { node: { type: 2, id: 1, tagName: 'html' } } },
      ],
    ],
    [
      [
        { type: 4, data: {} },
        { type: 2, data: { node: { type: 0, id: 'x', childNodes: [] } } },
      ],
    ],
    [
      [
        { type: 4, data: {} },
        { type: 2, data: { node: { type: 0, id: 1, childNodes: [null] } } },
      ],
    ],
  ])('no page, no snapshot (%#)', (events) => {
    expect(new Guard(around).snapshot(events)).toBeNull();
  });

  test('canvases, sounds, fonts, logs and plug-ins are nothing', () => {
    const guard = new Guard(around);
    body(guard, element('canvas', {}, [], { id: 80 }));
    const events = [7, 9, 10, 11, 14, 16, 99].map((source) => ({
      type: 3,
      data: { source, id: 80 },
    }));
    expect(guard.delta([...events, { type: 5, data: {} }, { type: 6, data: {} }])).toEqual([]);
  });
});

test('addresses', () => {
  expect(proxied('java\nscript:alert(1)', IMAGES)).toBeNull();
  expect(proxied('data:text/html,x', IMAGES)).toBeNull();
  expect(proxied('data:image/png;base64,x', IMAGES)).toBe('data:image/png;base64,x');
  expect(proxied('//x/a', IMAGES)).toBeNull();
  expect(proxied(`https://x/${'a'.repeat(5_000)}`, IMAGES)).toBeNull();
  expect(proxiedSet('', IMAGES)).toBeNull();
});
