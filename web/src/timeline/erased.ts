/** Takes what was erased out of entries that were loaded before; the server's own have lost it. Pure. */
import type { Entry } from '@/client/entries';

/** The same array when nothing was erased. */
export function withoutErased(entries: readonly Entry[]): readonly Entry[] {
  const erased = new Set(
    entries.flatMap(({ event }) => (event.kind === 'identity_erased' ? [event.verification] : [])),
  );
  if (erased.size === 0) return entries;
  return entries.map((entry) => {
    const { event } = entry;
    if (event.kind !== 'identity_verified' || !erased.has(event.proof.verification)) return entry;
    const { verification, at } = event.proof;
    return { ...entry, event: { ...event, proof: { verification, at } } };
  });
}
