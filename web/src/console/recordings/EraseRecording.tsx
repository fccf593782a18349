/** Erases a recording: asks first, and for a reason. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { toast } from '@/ui/toast';
import { useEnv } from '../env';
import { isReason, MAX_REASON } from '../identity/reason';
import { sentence } from '../words';
import { RECORDINGS } from './strings';

interface EraseRecordingProps {
  recording: string;
  onErased: () => void;
  onClose: () => void;
}

export function EraseRecording({ recording, onErased, onClose }: EraseRecordingProps): VNode {
  const { desk, lang } = useEnv();
  const w = RECORDINGS[lang];
  const reason = useSignal('');
  const busy = useSignal(false);
  const error = useSignal('');
  const ready = isReason(reason.value);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !ready) return;
    busy.value = true;
    error.value = '';
    try {
      const said = { reason: reason.value.trim() };
      await desk.cookieApi.request('DELETE', `/agent/recordings/${recording}`, said);
      onClose();
      onErased();
      toast(w.erasedNow);
    } catch (problem) {
      busy.value = false;
      error.value = sentence(w.errors, problem instanceof ApiError ? problem.code : 'other');
    }
  };
  return (
    <Dialog title={w.eraseTitle} closeLabel={w.cancel} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>{w.eraseLead}</p>
        <Field
          label={w.reason}
          hint={w.reasonHint}
          autofocus
          maxLength={MAX_REASON}
          value={reason.value}
          onValue={(text) => {
            reason.value = text;
          }}
        />
        <p class="field-error" role="alert">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button variant="danger" type="submit" busy={busy.value} disabled={!ready}>
            {w.eraseNow}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
