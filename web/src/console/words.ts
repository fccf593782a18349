/** Stable words of the server that the console has a sentence for, and how others fall back. */

export type ApiCode = 'bad_credentials' | 'too_many_attempts' | 'network' | 'other';

export type NackWord =
  | 'not_found'
  | 'forbidden'
  | 'conversation_closed'
  | 'not_assigned'
  | 'not_transferring'
  | 'agent_unavailable'
  | 'rate_limited'
  | 'bad_text'
  | 'bad_file'
  | 'call_exists'
  | 'call_full'
  | 'no_call'
  | 'cobrowse_exists'
  | 'no_cobrowse'
  | 'no_verification'
  | 'identity_needed'
  | 'disconnected'
  | 'other';

/** Why a conversation was closed; stored as the word, shown in the reader's language. */
export type CloseReason = 'solved' | 'sold' | 'info' | 'followup' | 'no_reply' | 'spam';

export const CLOSE_REASONS: readonly CloseReason[] = [
  'solved',
  'sold',
  'info',
  'followup',
  'no_reply',
  'spam',
];

/** The sentence for a word; that of `other` for a word of a newer server. */
export function sentence(known: Record<string, string> & { other: string }, word: string): string {
  return Object.hasOwn(known, word) ? (known[word] ?? known.other) : known.other;
}

/** The reader's word for a close reason; a reason of a newer server is shown as it is. */
export function reasonText(known: Record<CloseReason, string>, reason: string): string {
  return Object.hasOwn(known, reason) ? known[reason as CloseReason] : reason;
}
