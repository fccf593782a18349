/**
 * What is known of who a customer is, and from whom: typed by themselves, signed by the shop,
 * proven by bank ID. The three stand side by side and are never merged. Pure.
 */
import type { Entry } from '@/client/entries';
import type { ConversationState, IdentityProof, Visitor } from '@/client/protocol.gen';

export type Kind = 'anonymous' | 'identified' | 'verified';

export interface Known {
  /** The strongest of what is known: for badges. */
  kind: Kind;
  /** Whether the shop signed name and e-mail. */
  signed: boolean;
  /** The shop's own id of its customer. */
  customer: string;
  proof: IdentityProof | null;
  /** Something was proven here, and erased since. */
  erased: boolean;
}

export function knownOf(state: ConversationState): Known {
  const { visitor } = state;
  const proof = state.identity?.level ? state.identity : null;
  const signed = isSigned(visitor);
  return {
    kind: proof ? 'verified' : signed ? 'identified' : 'anonymous',
    signed,
    customer: visitor.customer ?? '',
    proof,
    erased: state.identity != null && proof === null,
  };
}

/** The kind that a row of a list tells; it has no proof with it. */
export function kindOf(visitor: Visitor): Kind {
  return visitor.kind === 'verified' ? 'verified' : isSigned(visitor) ? 'identified' : 'anonymous';
}

function isSigned(visitor: Visitor): boolean {
  return visitor.kind === 'identified' || Boolean(visitor.customer);
}

/** Whether a proven name is another than the one that was told; spelling and case aside. */
export function differs(told: string | undefined, proven: string | undefined): boolean {
  const words = (name: string | undefined) =>
    (name ?? '')
      .normalize('NFC')
      .toLowerCase()
      .split(/[\s-]+/u)
      .filter(Boolean);
  const known = new Set(words(proven));
  return words(told).some((word) => !known.has(word));
}

/**
 * Whether the shop signed the name and the e-mail that are shown. What the customer typed after it
 * is theirs again; where the signed words are not among `entries`, nothing is claimed.
 */
export function signedFields(
  visitor: Visitor,
  entries: readonly Entry[],
): { name: boolean; email: boolean } {
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const event = entries[at]?.event;
    if (event?.kind !== 'identified' && event?.kind !== 'opened') continue;
    const { customer, name, email } = event.visitor;
    if (!customer) continue;
    return { name: name === visitor.name, email: email === visitor.email };
  }
  return { name: false, email: false };
}
