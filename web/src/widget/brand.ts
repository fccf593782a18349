/**
 * Fits a shop's colour to our surfaces by WCAG 2 contrast: 3:1 against the surface so that it can
 * be seen as a button, and an ink of 4.5:1 on it. Pure.
 */
export interface Brand {
  color: string;
  ink: string;
}

type Rgb = [number, number, number];

const INKS: Rgb[] = [
  [255, 255, 255],
  [22, 24, 29],
  [0, 0, 0],
];
const STEP = 0.04;

/** Fit `color` (#rrggbb) to a surface of the given colour; null for what is no colour. */
export function fitBrand(color: string, surface: string): Brand | null {
  const wanted = parse(color);
  const ground = parse(surface);
  if (!wanted || !ground) return null;
  const towards: Rgb = luminance(ground) > 0.5 ? [0, 0, 0] : [255, 255, 255];
  let fitted = wanted;
  for (let share = STEP; contrast(fitted, ground) < 3 && share <= 1; share += STEP) {
    fitted = mix(wanted, towards, share);
  }
  const ink = INKS.find((candidate) => contrast(candidate, fitted) >= 4.5) ?? INKS[2];
  return { color: hex(fitted), ink: hex(ink as Rgb) };
}

/** The WCAG 2 contrast ratio of two colours (#rrggbb), 1 to 21. */
export function contrastOf(a: string, b: string): number {
  const [one, other] = [parse(a), parse(b)];
  return one && other ? contrast(one, other) : 1;
}

function parse(color: string): Rgb | null {
  const match = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color);
  if (!match) return null;
  return match.slice(1).map((part) => Number.parseInt(part, 16)) as Rgb;
}

function hex(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((part, i) => part + ((b[i] ?? 0) - part) * share) as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
