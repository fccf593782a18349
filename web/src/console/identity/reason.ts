/** Reasons that the audit log keeps. Pure. */

export const MAX_REASON = 200; // characters, as the server takes them
const MIN_REASON = 3;

export function isReason(text: string): boolean {
  const length = text.trim().length;
  return length >= MIN_REASON && length <= MAX_REASON;
}

/** Whether the word of confirmation was typed; case does not matter, the word does. */
export function confirms(typed: string, word: string): boolean {
  return typed.trim().toUpperCase() === word.toUpperCase();
}
