/**
 * What the frame keeps in the browser, only after the visitor has acted: drafts and unsent
 * messages for the tab, the sound choice for good. With third-party storage blocked it throws,
 * and there is just nothing kept.
 */
export function recall<T>(storage: () => Storage, key: string): T | null {
  try {
    const text = storage().getItem(`tiski.${key}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Keep a value; null drops it. */
export function keep(storage: () => Storage, key: string, value: unknown): void {
  try {
    if (value === null) storage().removeItem(`tiski.${key}`);
    else storage().setItem(`tiski.${key}`, JSON.stringify(value));
  } catch {
    // Blocked or full; the page works without.
  }
}

export const tab = (): Storage => sessionStorage;
export const browser = (): Storage => localStorage;
