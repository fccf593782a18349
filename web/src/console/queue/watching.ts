/** Who of the staff looks in, what I may do there, and who reads what is written in private. Pure. */
import type { Consult, ConversationState, Observer, Person } from '@/client/protocol.gen';
import type { DraftKind } from '../drafts';

type Watched = Pick<ConversationState, 'observers' | 'assignee' | 'experts'>;

/** My own part, when I look in. */
export function ownPart(state: Watched, me: string): Observer | null {
  return (state.observers ?? []).find(({ person }) => person.id === me) ?? null;
}

/** Who reads private words besides me: experts, those who look in, and whoever serves. */
export function privateTo(state: Watched, me: string): Person[] {
  const all = [
    ...(state.experts ?? []).map(({ person }) => person),
    ...(state.observers ?? []).map(({ person }) => person),
    ...(state.assignee && ownPart(state, me) ? [state.assignee] : []),
  ];
  return all.filter((person, at) => {
    const first = all.findIndex(({ id }) => id === person.id) === at;
    return first && person.id !== me;
  });
}

/** The open wish for my advice. */
export function asksMe(
  { consult, state }: { consult?: Consult | null; state: ConversationState['state'] },
  me: string,
): Consult | null {
  return state !== 'closed' && consult?.to.id === me ? consult : null;
}

/** Colleagues whom I asked for advice and who look in. */
export function advisers(state: Watched): Observer[] {
  return (state.observers ?? []).filter(({ consult }) => consult === true);
}

/**
 * What I may write, the usual first: whoever serves or takes part also to the customer, whoever
 * looks in to colleagues, everybody notes. `finishing`: it is closed, and I still wrap it up.
 */
export function writable(state: ConversationState, me: string, finishing: boolean): DraftKind[] {
  if (state.state === 'closed') return finishing ? ['note'] : [];
  const part = ownPart(state, me)?.part;
  if (part === 'listen' || part === 'whisper') return ['consult', 'note'];
  if (part !== 'barge' && (state.state !== 'active' || state.assignee?.id !== me)) return ['note'];
  return privateTo(state, me).length > 0 ? ['reply', 'consult', 'note'] : ['reply', 'note'];
}
