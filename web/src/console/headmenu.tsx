/** What the menu in the head of a conversation offers, in order. Each part of the console adds its own. */
import type { ConversationState } from '@/client/protocol.gen';
import { LinkIcon, ReturnIcon, TransferIcon } from '@/ui/icons';
import type { MenuItem } from '@/ui/menu';
import type { Told } from './env';
import { supervisorItems } from './floor/acting';
import { ShieldIcon } from './identity/icons';
import type { Action } from './keys';
import { canRun, runAction } from './run';

export function headItems(state: ConversationState, env: Told): MenuItem[] {
  const { t, who } = env;
  const of = (action: Action, label: string, icon: MenuItem['icon']): MenuItem[] =>
    canRun(action, env) ? [{ label, icon, run: () => runAction(action, env) }] : [];
  return [
    ...of('identity', who.ask.action, <ShieldIcon />),
    ...of('invite', t.conversation.invite, <LinkIcon />),
    ...of('transfer', t.conversation.transfer, <TransferIcon />),
    ...of('handback', t.conversation.handback, <ReturnIcon />),
    ...supervisorItems(state, env),
  ];
}
