/** Which acts a conversation allows this agent now: for buttons, keys and the command bar alike. Pure. */
import type { ConversationState } from '@/client/protocol.gen';

export type Act =
  | 'accept'
  | 'reply'
  | 'note'
  | 'handback'
  | 'transfer'
  | 'close'
  | 'reopen'
  | 'invite'
  | 'call';

export function possible(act: Act, state: ConversationState | null, me: string): boolean {
  if (state === null) return false;
  const mine = state.state === 'active' && state.assignee?.id === me;
  switch (act) {
    case 'accept':
      return state.state === 'waiting';
    case 'note':
      return state.state !== 'closed';
    case 'reopen':
      return state.state === 'closed';
    case 'transfer':
      return mine && state.transfer == null;
    case 'reply':
    case 'handback':
    case 'close':
    case 'invite':
    case 'call':
      return mine;
  }
}
