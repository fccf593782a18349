/** The wishes for my advice that stand in the inbox. Pure. */
import type { Consult, ConversationSummary } from '@/client/protocol.gen';
import { asksMe } from './watching';

export interface AskedConsult {
  row: ConversationSummary;
  consult: Consult;
}

export function consultsOf(rows: readonly ConversationSummary[], me: string): AskedConsult[] {
  return rows.flatMap((row) => {
    const consult = asksMe(row, me);
    return consult ? [{ row, consult }] : [];
  });
}
