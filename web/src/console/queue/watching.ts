/** Who of the staff looks in, what I may do there, and who reads what is written in private. Pure. */
import type { Consult, ConversationState, Observer, Person } from '@/client/protocol.gen';

type Watched = Pick<ConversationState, 'observers' | 'assignee' | 'experts'>;

/** My own part, when I look in. */
export function ownPart(state: Watched, me: string): Observer | null {
  return (state.observers ?? []).find(({ person }) => person.id === me) ?? null;
}

/** Whether the visitor knows nothing of this person in the call. */
export function isSilent(state: Watched, person: string): boolean {
  const part = (state.observers ?? []).find((observer) => observer.person.id === person)?.part;
  return part === 'listen' || part === 'whisper';
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
