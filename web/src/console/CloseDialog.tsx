/** Closes the conversation with a reason, which reports count, and a note for colleagues. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { useEnv } from './env';
import { CLOSE_REASONS, type CloseReason } from './words';

interface CloseDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function CloseDialog({ state, onClose }: CloseDialogProps): VNode {
  const { desk, t } = useEnv();
  const reason = useSignal<CloseReason>('solved');
  const note = useSignal('');
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    const done = await desk.act({
      t: 'conversation.close',
      conv: state.id,
      reason: reason.value,
      note: note.value.trim(),
    });
    busy.value = false;
    if (done) onClose();
  };
  return (
    <Dialog title={t.close.title} closeLabel={t.cancel} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p class="faint">{t.close.lead}</p>
        <fieldset class="choices">
          <legend>{t.close.reason}</legend>
          {CLOSE_REASONS.map((word) => (
            <label key={word} class="check">
              <input
                type="radio"
                name="reason"
                autofocus={reason.value === word}
                checked={reason.value === word}
                onChange={() => {
                  reason.value = word;
                }}
              />
              {t.close.reasons[word]}
            </label>
          ))}
        </fieldset>
        <Field
          label={t.close.note}
          hint={t.close.noteHint}
          rows={3}
          value={note.value}
          onValue={(value) => {
            note.value = value;
          }}
        />
        <div class="dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value}>
            {t.close.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
