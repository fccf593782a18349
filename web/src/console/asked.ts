/** What became of the last wish to see the customer's page. Pure. */
import type { Entry } from '@/client/entries';

/** When the customer said no to it, ms; null where they did not, or something came after. */
export function declinedAt(entries: readonly Entry[]): number | null {
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (!entry?.event.kind.startsWith('cobrowse_')) continue;
    return entry.event.kind === 'cobrowse_declined' ? entry.at : null;
  }
  return null;
}
