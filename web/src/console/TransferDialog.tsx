/** Asks a colleague who is there to take the conversation over. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ConversationState } from '@/client/protocol.gen';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Spinner } from '@/ui/spinner';
import { Empty } from './Empty';
import { useEnv } from './env';

interface Colleague {
  id: string;
  name: string;
  role: string;
  online: boolean;
  available: boolean;
}

interface TransferDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function TransferDialog({ state, onClose }: TransferDialogProps): VNode {
  const { desk, t } = useEnv();
  const colleagues = useSignal<Colleague[] | 'failed' | null>(null);
  const to = useSignal<string | null>(null);
  const note = useSignal('');
  const busy = useSignal(false);

  useEffect(() => {
    desk.cookieApi
      .get<Colleague[]>('/agent/colleagues')
      .then((all) => {
        const others = all.filter(({ id }) => id !== desk.id);
        const rank = (c: Colleague) => (c.online && c.available ? 0 : c.online ? 1 : 2);
        others.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
        colleagues.value = others;
        to.value = others.find((c) => rank(c) === 0)?.id ?? null;
      })
      .catch(() => {
        colleagues.value = 'failed';
      });
  }, [desk, colleagues, to]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !to.value || !Array.isArray(colleagues.value)) return;
    busy.value = true;
    const done = await desk.act({
      t: 'transfer.request',
      conv: state.id,
      to: to.value,
      note: note.value.trim(),
    });
    busy.value = false;
    if (!done) return;
    const name = colleagues.value.find(({ id }) => id === to.value)?.name ?? '';
    desk.notify({ word: 'asked', name });
    onClose();
  };

  const all = colleagues.value;
  const some = Array.isArray(all) && all.some((c) => c.online && c.available);
  return (
    <Dialog title={t.transfer.title} closeLabel={t.cancel} onClose={onClose}>
      {all === null ? (
        <div class="page-center">
          <Spinner label={t.list.loading} />
        </div>
      ) : all === 'failed' ? (
        <p role="alert">{t.errors.network}</p>
      ) : (
        <form class="form" onSubmit={submit}>
          {some ? (
            <p class="faint">{t.transfer.lead}</p>
          ) : (
            <Empty title={t.transfer.nobody} text={t.transfer.nobodyText} />
          )}
          {all.length > 0 && (
            <fieldset class="choices">
              <legend>{t.transfer.to}</legend>
              {all.map((colleague) => (
                <Choice
                  key={colleague.id}
                  colleague={colleague}
                  checked={to.value === colleague.id}
                  onChoose={() => {
                    to.value = colleague.id;
                  }}
                />
              ))}
            </fieldset>
          )}
          {some && (
            <Field
              label={t.transfer.note}
              hint={t.transfer.noteHint}
              rows={2}
              value={note.value}
              onValue={(value) => {
                note.value = value;
              }}
            />
          )}
          <div class="dialog-actions">
            <Button onClick={onClose}>{t.cancel}</Button>
            <Button variant="primary" type="submit" disabled={!to.value} busy={busy.value}>
              {t.transfer.submit}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

interface ChoiceProps {
  colleague: Colleague;
  checked: boolean;
  onChoose: () => void;
}

function Choice({ colleague, checked, onChoose }: ChoiceProps): VNode {
  const { t } = useEnv();
  const { id, name, online, available } = colleague;
  const free = online && available;
  return (
    <label class="check">
      <input type="radio" name="to" checked={checked} disabled={!free} onChange={onChoose} />
      <Avatar id={id} name={name} size={24} online={free} />
      {name}
      <small class="faint">
        {free ? t.transfer.available : online ? t.transfer.away : t.transfer.offline}
      </small>
    </label>
  );
}
