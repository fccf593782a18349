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
  | 'call'
  | 'cobrowse';

/** `online`: whether the customer's browser is connected; null while nobody has said. */
export function possible(
  act: Act,
  state: ConversationState | null,
  me: string,
  online: boolean | null = null,
): boolean {
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
    case 'cobrowse':
      return mine && state.cobrowse == null && online !== false;
    case 'reply':
    case 'handback':
    case 'close':
    case 'invite':
    case 'call':
      return mine;
  }
}
