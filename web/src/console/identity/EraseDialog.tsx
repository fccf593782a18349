/** Erases what was proven of somebody, in every conversation: with a reason and a typed word. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Field } from '@/ui/field';
import { EraseForm } from '../EraseForm';
import { useEnv } from '../env';
import type { ProofFact } from './proofs';
import { confirms } from './reason';

export function EraseDialog({ proof, onClose }: { proof: ProofFact; onClose: () => void }): VNode {
  const { proofs, t, who } = useEnv();
  const e = who.erase;
  const typed = useSignal('');
  return (
    <EraseForm
      words={{ ...e, cancel: t.cancel, errors: who.errors }}
      lead={
        <>
          <p>{e.lead(proof.name)}</p>
          <p class="faint">{e.keeps}</p>
        </>
      }
      ready={confirms(typed.value, e.word)}
      erase={(reason) => proofs.erase(proof.verification, reason)}
      onClose={onClose}
    >
      <Field
        label={e.confirm(e.word)}
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onValue={(text) => {
          typed.value = text;
        }}
      />
    </EraseForm>
  );
}
