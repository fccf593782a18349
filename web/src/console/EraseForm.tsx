/** Asks before something is erased for good, and for a reason, which is kept. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { toast } from '@/ui/toast';
import { isReason, MAX_REASON } from './identity/reason';
import { sentence } from './words';

export interface EraseWords {
  title: string;
  reason: string;
  reasonHint: string;
  cancel: string;
  submit: string;
  done: string;
  errors: Record<string, string> & { other: string };
}

interface EraseFormProps {
  words: EraseWords;
  /** What will be gone, and what stays. */
  lead: ComponentChildren;
  /** What else is to be filled in, below the reason. */
  children?: ComponentChildren;
  /** Whether `children` is filled in. */
  ready?: boolean;
  /** Throws ApiError: its code says why nothing was erased. */
  erase: (reason: string) => Promise<unknown>;
  onClose: () => void;
}

export function EraseForm(props: EraseFormProps): VNode {
  const { words, lead, children, ready = true, erase, onClose } = props;
  const reason = useSignal('');
  const busy = useSignal(false);
  const error = useSignal('');
  const filled = ready && isReason(reason.value);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !filled) return;
    busy.value = true;
    error.value = '';
    try {
      await erase(reason.value.trim());
      onClose();
      toast(words.done);
    } catch (problem) {
      busy.value = false;
      error.value = sentence(words.errors, problem instanceof ApiError ? problem.code : 'other');
    }
  };
  return (
    <Dialog title={words.title} closeLabel={words.cancel} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        {lead}
        <Field
          label={words.reason}
          hint={words.reasonHint}
          autofocus
          maxLength={MAX_REASON}
          value={reason.value}
          onValue={(text) => {
            reason.value = text;
          }}
        />
        {children}
        <p class="field-error" role="alert">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button variant="danger" type="submit" busy={busy.value} disabled={!filled}>
            {words.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
