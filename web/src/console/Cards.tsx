/** What asks for a decision above the timeline: a lost race, an offered or a pending transfer. */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { InfoIcon, TransferIcon } from '@/ui/icons';
import { useEnv } from './env';
import { takeOver } from './run';

export function Cards({ state }: { state: ConversationState }): VNode {
  const env = useEnv();
  const { desk, q, t } = env;
  const c = t.conversation;
  const conv = state.id;
  const { transfer } = state;
  const taken = desk.taken.value === conv && state.assignee && state.assignee.id !== desk.id;
  return (
    <>
      {taken && state.assignee && (
        <div class="banner" data-tone="info" role="alert">
          <InfoIcon />
          <p>{c.taken(state.assignee.name || t.person.role[state.assignee.role])}</p>
          <Button onClick={() => desk.dismissTaken()}>{c.dismiss}</Button>
        </div>
      )}
      {transfer?.to?.id === desk.id && (
        <div class="banner" data-tone="accent" role="alert">
          <TransferIcon />
          <div class="banner-text">
            <b>{c.offeredTitle(transfer.by.name ?? '')}</b>
            {transfer.note && <p>{transfer.note}</p>}
          </div>
          <Button variant="primary" onClick={() => void takeOver(conv, env)}>
            {c.takeOver}
          </Button>
          <Button onClick={() => void desk.act({ t: 'transfer.end', conv })}>{c.decline}</Button>
        </div>
      )}
      {transfer && transfer.to?.id !== desk.id && (
        <div class="banner" data-tone="info" role="status">
          <TransferIcon />
          <p>
            {transfer.to
              ? c.pendingTransfer(transfer.to.name ?? '')
              : q.transfer.pendingDepartment(transfer.department?.name ?? '')}
          </p>
          {transfer.by.id === desk.id && (
            <Button onClick={() => void desk.act({ t: 'transfer.end', conv })}>{c.takeBack}</Button>
          )}
        </div>
      )}
    </>
  );
}
