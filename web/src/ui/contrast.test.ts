/** Holds tokens.css to WCAG 2.2 AA: 4.5:1 for text, 3:1 for what only has to be seen. */
import { expect, test } from 'vitest';
import css from './tokens.css?raw';

type Rgb = [number, number, number];

const TEXT: [ink: string, ...grounds: string[]][] = [
  [
    'text',
    'surface',
    'surface-2',
    'surface-3',
    'accent-soft',
    'note',
    'danger-soft',
    'warn-soft',
    'success-soft',
  ],
  [
    'text-2',
    'surface',
    'surface-2',
    'surface-3',
    'note',
    'success-soft',
    'danger-soft',
    'warn-soft',
  ],
  ['text-3', 'surface', 'surface-2', 'surface-3'],
  ['accent', 'surface', 'accent-soft'],
  ['on-accent', 'accent', 'accent-hover'],
  ['on-danger', 'danger', 'danger-hover'],
  ['danger', 'surface', 'danger-soft'],
  ['success', 'surface', 'success-soft'],
  ['warn', 'surface', 'warn-soft', 'success-soft'],
  ['surface', 'success'],
];
const SEEN: [ink: string, ...grounds: string[]][] = [
  ['border-strong', 'surface', 'surface-2'],
  ['focus', 'surface', 'surface-2', 'surface-3'],
];

const blocks = [...css.matchAll(/:root[^{]*\{([^{}]*)\}/g)].map(([, body]) => tokensOf(body ?? ''));
const [light, dark, chosenDark] = blocks.filter((block) => block.has('surface'));

function tokensOf(body: string): Map<string, string> {
  return new Map(
    [...body.matchAll(/--([\w-]+):\s*(oklch\([^)]*\))/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

/** OKLCH to linear sRGB, as in CSS Color 4 (section 10.5). */
function linear(value: string): Rgb {
  const [l = 0, c = 0, h = 0] = value.slice(6, -1).split(/\s+/).map(Number);
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const L = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const M = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const S = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb: Rgb = [
    4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S,
    -1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S,
    -0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S,
  ];
  return rgb.map((part) => Math.min(1, Math.max(0, part))) as Rgb;
}

function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [a, b]
    .map(linear)
    .map(([r, g, blue]) => 0.2126 * r + 0.7152 * g + 0.0722 * blue)
    .sort((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

test('the formula gives the known value', () => {
  expect(contrast('oklch(1 0 0)', 'oklch(0 0 0)')).toBeCloseTo(21, 1);
});

for (const [name, tokens] of [
  ['light', light],
  ['dark', dark],
] as const) {
  const value = (token: string) => tokens?.get(token) ?? '';
  for (const [ink, ...grounds] of TEXT) {
    test.each(grounds)(`${name}: ${ink} is read on %s`, (ground) => {
      expect(contrast(value(ink), value(ground))).toBeGreaterThanOrEqual(4.5);
    });
  }
  for (const [ink, ...grounds] of SEEN) {
    test.each(grounds)(`${name}: ${ink} is seen on %s`, (ground) => {
      expect(contrast(value(ink), value(ground))).toBeGreaterThanOrEqual(3);
    });
  }
}

test('dark by choice is the same as dark by the system', () => {
  expect([...(chosenDark ?? [])]).toEqual([...(dark ?? [])]);
});
