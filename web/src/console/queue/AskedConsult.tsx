/** The advice that was asked for, as the one who serves sees it until somebody comes. */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { Button } from '@/ui/button';
import { PeopleIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { personName } from '../names';

const PATIENCE = 60_000; // ms; a colleague's console rings for as long

interface AskedConsultProps {
  thread: Thread;
  state: ConversationState;
}

export function AskedConsult({ thread, state }: AskedConsultProps): VNode | null {
  const { desk, q, screen, t } = useEnv();
  const { consult } = state;
  if (!consult || consult.to.id === desk.id) return null;
  const c = q.consult;
  const name = personName(consult.to, desk.id, null, t);
  const own = consult.by.id === desk.id;
  const asked = thread.entries.value.findLast(({ event }) => event.kind === 'consult_asked');
  const silent = asked !== undefined && screen.now.value - asked.at > PATIENCE;
  return (
    <div class="banner" data-tone={silent ? 'warn' : 'info'} role="status">
      <PeopleIcon />
      <p>
        {!own
          ? c.waitingBy(personName(consult.by, desk.id, null, t), name)
          : silent
            ? c.silent(name)
            : c.waiting(name)}
      </p>
      {own && (
        <Button onClick={() => void desk.act({ t: 'consult.end', conv: state.id })}>
          {c.takeBack}
        </Button>
      )}
    </div>
  );
}
