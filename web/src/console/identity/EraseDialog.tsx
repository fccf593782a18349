/** Erases what was proven of somebody, in every conversation: with a reason and a typed word. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { toast } from '@/ui/toast';
import { useEnv } from '../env';
import { sentence } from '../words';
import type { ProofFact } from './proofs';
import { confirms, isReason, MAX_REASON } from './reason';

export function EraseDialog({ proof, onClose }: { proof: ProofFact; onClose: () => void }): VNode {
  const { proofs, t, who } = useEnv();
  const e = who.erase;
  const reason = useSignal('');
  const typed = useSignal('');
  const busy = useSignal(false);
  const error = useSignal('');
  const ready = isReason(reason.value) && confirms(typed.value, e.word);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !ready) return;
    busy.value = true;
    error.value = '';
    try {
      await proofs.erase(proof.verification, reason.value.trim());
      onClose();
      toast(e.done);
    } catch (problem) {
      busy.value = false;
      error.value = sentence(who.errors, problem instanceof ApiError ? problem.code : 'other');
    }
  };
  return (
    <Dialog title={e.title} closeLabel={t.cancel} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>{e.lead(proof.name)}</p>
        <p class="faint">{e.keeps}</p>
        <Field
          label={e.reason}
          hint={e.reasonHint}
          autofocus
          maxLength={MAX_REASON}
          value={reason.value}
          onValue={(text) => {
            reason.value = text;
          }}
        />
        <Field
          label={e.confirm(e.word)}
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onValue={(text) => {
            typed.value = text;
          }}
        />
        <p class="field-error" role="alert">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="danger" type="submit" busy={busy.value} disabled={!ready}>
            {e.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
