/**
 * Shows a personal identity code, after a reason, for half a minute. It is in this dialog's own
 * memory alone, and gone with it.
 */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { CopyIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { sentence } from '../words';
import type { ProofFact } from './proofs';
import { isReason, MAX_REASON } from './reason';

const SHOWN = 30; // seconds

export function RevealDialog({ proof, onClose }: { proof: ProofFact; onClose: () => void }): VNode {
  const { proofs, t, who } = useEnv();
  const r = who.reveal;
  const reason = useSignal('');
  const busy = useSignal(false);
  const told = useSignal('');
  const code = useSignal<string | null>(null);
  const hide = () => {
    code.value = null;
    told.value = r.hidden;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !isReason(reason.value)) return;
    busy.value = true;
    told.value = '';
    try {
      code.value = await proofs.reveal(proof.verification, reason.value.trim());
      reason.value = '';
    } catch (problem) {
      told.value = sentence(who.errors, problem instanceof ApiError ? problem.code : 'other');
    }
    busy.value = false;
  };
  return (
    <Dialog title={r.title} closeLabel={t.dismiss} onClose={onClose}>
      <p>{r.lead(proof.name)}</p>
      {code.value === null ? (
        <form class="form" onSubmit={submit}>
          <Field
            label={r.reason}
            hint={r.reasonHint}
            autofocus
            autocomplete="off"
            maxLength={MAX_REASON}
            value={reason.value}
            onValue={(text) => {
              reason.value = text;
            }}
          />
          <p class="proof-trouble" role="status">
            {told}
          </p>
          <div class="dialog-actions">
            <Button onClick={onClose}>{t.cancel}</Button>
            <Button
              variant="primary"
              type="submit"
              busy={busy.value}
              disabled={!isReason(reason.value)}
            >
              {r.submit}
            </Button>
          </div>
        </form>
      ) : (
        <Shown code={code.value} country={proof.country} onHide={hide} />
      )}
    </Dialog>
  );
}

interface ShownProps {
  code: string;
  country: string;
  onHide: () => void;
}

function Shown({ code, country, onHide }: ShownProps): VNode {
  const { who } = useEnv();
  const r = who.reveal;
  const left = useSignal(SHOWN);
  const told = useSignal('');
  useEffect(() => {
    const until = Date.now() + SHOWN * 1000; // a page in the background ticks late
    const tick = () => {
      left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (left.value === 0) onHide();
    };
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, []); // once: the half minute begins with the first sight
  const copy = () =>
    navigator.clipboard.writeText(code).then(
      () => {
        told.value = r.copied;
      },
      () => {
        told.value = r.copyFailed;
      },
    );
  return (
    <div class="form">
      <p class="code-shown" role="status">
        <span class="hidden-text">{r.code}: </span>
        <output>{code}</output> <small class="faint">{country}</small>
      </p>
      <p class="faint" role="timer">
        {r.hides(left.value)}
      </p>
      <p class="code-told" role="status">
        {told}
      </p>
      <div class="dialog-actions">
        <Button icon={<CopyIcon size={18} />} onClick={() => void copy()}>
          {r.copy}
        </Button>
        <Button autofocus variant="primary" onClick={onHide}>
          {r.hide}
        </Button>
      </div>
    </div>
  );
}
