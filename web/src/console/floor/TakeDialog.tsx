/** Asks before a conversation is taken from a colleague: they are in the middle of it. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { useEnv } from '../env';
import { personName } from '../names';

interface TakeDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function TakeDialog({ state, onClose }: TakeDialogProps): VNode {
  const { desk, s, screen, t } = useEnv();
  const busy = useSignal(false);
  const owner = state.assignee ? personName(state.assignee, desk.id, null, t) : '';
  const take = async () => {
    busy.value = true;
    const taken = await desk.act({ t: 'conversation.take', conv: state.id });
    if (taken) screen.chooseKind(state.id, 'reply');
    onClose();
  };
  return (
    <Dialog title={s.take.title(owner)} closeLabel={t.cancel} onClose={onClose}>
      <p>{s.take.text}</p>
      <div class="dialog-actions">
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button variant="primary" busy={busy.value} onClick={() => void take()}>
          {s.take.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
