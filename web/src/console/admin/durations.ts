/** A duration as people set it: an amount and a unit. Pure. */

export const UNITS = ['s', 'min', 'h', 'd'] as const;
export type Unit = (typeof UNITS)[number];

const SECONDS: Record<Unit, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** The largest unit that writes it without a fraction. */
export function unitOf(seconds: number): Unit {
  if (seconds === 0) return 's';
  return [...UNITS].reverse().find((unit) => seconds % SECONDS[unit] === 0) ?? 's';
}

export function amountIn(seconds: number, unit: Unit): number {
  return seconds / SECONDS[unit];
}

/** Whole seconds of what was typed; undefined when it is no number, null when nothing is there. */
export function readAmount(typed: string, unit: Unit): number | null | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return null;
  if (!/^\d{1,7}(\.\d{1,2})?$/.test(text)) return undefined;
  return Math.round(Number(text) * SECONDS[unit]);
}
