/** Reads what nobody vouches for: each returns something sound, whatever it is given. Pure. */

export type Raw = Readonly<Record<string, unknown>>;

export const MAX_ID = 2 ** 31;
const MAX_SIDE = 10_000; // CSS pixels of a window
const MAX_LENGTH = 10_000_000; // CSS pixels of a page

export function record(value: unknown): Raw | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Raw)
    : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function lower(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

export function short(value: unknown): string {
  return typeof value === 'string' && /^[\w\s/.:+-]{0,200}$/.test(value) ? value : '';
}

export function whole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

export function position(value: unknown): number | number[] | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.length < 20 && value.every(whole) ? [...value] : undefined;
  }
  return whole(value) ? value : undefined;
}

export function length(value: unknown): number {
  const number = typeof value === 'number' && Number.isFinite(value) ? value : 0;
  return Math.min(MAX_LENGTH, Math.max(-MAX_LENGTH, number));
}

export function size(data: Raw): { width: number; height: number } {
  const side = (value: unknown) => Math.min(MAX_SIDE, Math.max(1, Math.round(length(value))));
  return { width: side(data.width), height: side(data.height) };
}

/** Returns an object with `key`, unless there is no value. */
export function only<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
