/**
 * Keeps a list still while somebody aims at it: rows stay where they are, news go to the end, and a
 * row whose thing has gone stays as a husk until the pointer has left. Pure.
 */

export interface Held<T> {
  key: string;
  item: T;
  /** Only its husk is left: what it stood for is not in the list any more. */
  gone: boolean;
}

/**
 * Return the rows to show.
 *
 * @param shown what is shown now, when the list is held; null: it is not
 * @param fresh what there is, in its order
 */
export function hold<T>(
  shown: readonly Held<T>[] | null,
  fresh: readonly T[],
  keyOf: (item: T) => string,
): Held<T>[] {
  const rows = fresh.map((item) => ({ key: keyOf(item), item, gone: false }));
  if (shown === null) return rows;
  const left = new Map(rows.map((row) => [row.key, row]));
  const kept = shown.map((old) => {
    const row = left.get(old.key);
    left.delete(old.key);
    return row ?? { ...old, gone: true };
  });
  return [...kept, ...left.values()];
}
