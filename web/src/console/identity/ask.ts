/** Whether the customer can be asked to prove who they are, and why not. Pure. */
import type { Entry } from '@/client/entries';
import type { AskIdentity, ConversationState } from '@/client/protocol.gen';

export type Purpose = AskIdentity['purpose'];
export type Level = NonNullable<AskIdentity['level']>;

/** In the order of how often a shop needs them. */
export const PURPOSES: readonly Purpose[] = [
  'account',
  'order',
  'refund',
  'payment',
  'contract',
  'age',
  'other',
];

/** What can be asked for; "low" is what a shop's own password would prove. */
export const ASKED_LEVELS: readonly Level[] = ['substantial', 'high'];

export const MAX_NOTE = 200; // characters (server/domain/identity.py)

/** What the dialog begins with. */
export interface Wish {
  purpose: Purpose;
  level: Level;
  note: string;
}

export const FIRST_WISH: Wish = { purpose: 'account', level: 'substantial', note: '' };

export type Hindrance = 'closed' | 'waiting' | 'not_assigned' | 'exists';

export interface Asker {
  id: string;
  role: 'agent' | 'supervisor';
}

/** Whether this person decides about the customer's identity here. */
export function decides(state: ConversationState, { id, role }: Asker): boolean {
  if (state.state === 'closed') return false;
  return role === 'supervisor' || state.assignee?.id === id;
}

/** What stands in the way of asking; null: nothing. */
export function hindrance(state: ConversationState, asker: Asker): Hindrance | null {
  if (state.state === 'closed') return 'closed';
  if (!decides(state, asker)) return state.state === 'waiting' ? 'waiting' : 'not_assigned';
  return state.verification ? 'exists' : null;
}

/** The newest request as it was made, so that asking again begins with the same. */
export function lastWish(entries: readonly Entry[]): Wish {
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const event = entries[at]?.event;
    if (event?.kind !== 'identity_asked') continue;
    const { purpose, level, note } = event.verification;
    return { purpose, level, note: note ?? '' };
  }
  return FIRST_WISH;
}
