/** What a supervisor may do in a conversation that somebody else serves. Pure. */
import type { ConversationState, Observer } from '@/client/protocol.gen';

export type Part = Observer['part'];

export const PARTS: readonly Part[] = ['listen', 'whisper', 'barge'];

export type Supervision = Part | 'take' | 'stop';

type Watched = Pick<ConversationState, 'state' | 'observers' | 'assignee'>;

/** My own part, when I look in as a supervisor; a colleague who was asked has a bar of their own. */
export function partOf(state: Watched, me: string): Part | null {
  const own = (state.observers ?? []).find(({ person }) => person.id === me);
  return own && own.consult !== true ? own.part : null;
}

/** What is possible now, in the order of the menu. */
export function supervisions(state: Watched | null, me: string, role: string): Supervision[] {
  if (!state || role !== 'supervisor' || state.state === 'closed') return [];
  if (state.assignee?.id === me && state.state === 'active') return [];
  const own = partOf(state, me);
  const looks: Supervision[] = PARTS.filter((part) => part !== own);
  // Who waits is accepted; what nobody serves cannot be taken from anybody.
  if (state.state === 'active') looks.push('take');
  return own ? [...looks, 'stop'] : state.state === 'active' ? looks : [];
}

/** What each part sends into a call; a supervisor who barges in may add the camera there. */
export const SENDS: Record<Part, readonly 'audio'[]> = {
  listen: [],
  whisper: ['audio'],
  barge: ['audio'],
};
