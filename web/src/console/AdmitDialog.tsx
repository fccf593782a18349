/** Lets an expert in: from now on, or with the whole conversation so far. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ConversationState, Person } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { useEnv } from './env';

interface AdmitDialogProps {
  expert: Person;
  state: ConversationState;
  onClose: () => void;
}

export function AdmitDialog({ expert, state, onClose }: AdmitDialogProps): VNode {
  const { desk, t } = useEnv();
  const whole = useSignal(false);
  const busy = useSignal(false);
  const name = expert.name || t.person.expert;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    const conv = state.id;
    const from = whole.value ? { from_seq: 0 } : {};
    const done = await desk.act({ t: 'expert.admit', conv, expert: expert.id, ...from });
    busy.value = false;
    if (done) onClose();
  };
  return (
    <Dialog title={t.expert.admitTitle(name)} closeLabel={t.cancel} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>{t.expert.admitText}</p>
        <fieldset class="choices">
          <legend>{t.expert.shareFrom}</legend>
          {[false, true].map((all) => (
            <label key={String(all)} class="check">
              <input
                type="radio"
                name="share"
                checked={whole.value === all}
                onChange={() => {
                  whole.value = all;
                }}
              />
              {all ? t.expert.shareAll : t.expert.shareNow}
            </label>
          ))}
        </fieldset>
        <div class="dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value}>
            {t.expert.admitOf(name)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
