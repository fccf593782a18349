/**
 * A request for proof as the agent follows it: asked, at the bank, verified, or how it ended. Read
 * from the state while it is open, and for a while after from the newest event. Pure.
 */
import type { Entry } from '@/client/entries';
import type { ConversationState, IdentityFailed, VerificationState } from '@/client/protocol.gen';

export type FailureReason = IdentityFailed['reason'];

export type Strip =
  | {
      phase: 'asked' | 'opened';
      request: VerificationState;
      /** The newest attempt came to nothing; the customer may choose again. */
      failed: { reason: FailureReason; code: string } | null;
      /** ms until it ends by itself. */
      left: number;
      /** Co-browsing waits until it is over. */
      paused: boolean;
    }
  | { phase: 'verified'; name: string }
  | { phase: 'expired' | 'declined' };

const LIFETIME = 10 * 60_000; // ms (server/domain/identity.py)
const SHOWN = { verified: 10_000, over: 10 * 60_000 }; // ms; the timeline keeps it

/** @param now the server's time, ms */
export function stripOf(
  state: ConversationState,
  entries: readonly Entry[],
  now: number,
): Strip | null {
  const request = state.verification ?? null;
  if (request) {
    return {
      phase: request.state ?? 'asked',
      request,
      failed: failureOf(request, entries),
      left: Math.min(LIFETIME, Math.max(0, request.expires_at - now)), // clocks differ a little
      paused: state.cobrowse?.pause === 'identity',
    };
  }
  const newest = newestOf(entries);
  if (!newest || state.state === 'closed') return null;
  const { event, at } = newest;
  if (event.kind === 'identity_verified') {
    const shown = !event.changed && now - at < SHOWN.verified;
    return shown ? { phase: 'verified', name: event.proof.name ?? '' } : null;
  }
  if (event.kind !== 'identity_ended' || now - at > SHOWN.over) return null;
  // What staff took back needs no telling, nor what ended with the conversation.
  const { reason } = event;
  return reason === 'expired' || reason === 'declined' ? { phase: reason } : null;
}

/** How far along the three steps it is, from 0. */
export function stepAt(strip: Strip): 0 | 1 | 2 {
  if (strip.phase === 'verified') return 2;
  return strip.phase === 'opened' ? 1 : 0;
}

function failureOf(request: VerificationState, entries: readonly Entry[]) {
  if (!request.failed || request.state === 'opened') return null;
  const { event } = newestOf(entries) ?? {};
  const told = event?.kind === 'identity_failed' && event.verification === request.id;
  const code = told ? (event.code ?? '') : '';
  // A code that says no more than the reason is not worth the reading.
  return { reason: request.failed, code: code === request.failed ? '' : code };
}

function newestOf(entries: readonly Entry[]): Entry | null {
  return entries.findLast(({ event }) => event.kind.startsWith('identity_')) ?? null;
}

/** The name of a method: its label, or what its id tells while labels are not known. */
export function methodLabel(id: string, labels: ReadonlyMap<string, string>): string {
  return labels.get(id) ?? id.slice(id.lastIndexOf('.') + 1);
}
