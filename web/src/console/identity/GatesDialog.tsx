/** How well and how lately a customer must have proved who they are, by action: for supervisors. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Spinner } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { useEnv } from '../env';
import { sentence } from '../words';
import type { Level } from './ask';
import {
  type Form,
  formOf,
  GATE_ACTIONS,
  type GateAction,
  LEVELS,
  minutesOf,
  rulesOf,
} from './gates';

export function GatesDialog({ onClose }: { onClose: () => void }): VNode {
  const { proofs, t, who } = useEnv();
  const g = who.gates;
  const form = useSignal<Form | null>(null);
  const element = useRef<HTMLFormElement>(null);
  const busy = useSignal(false);
  const error = useSignal('');
  const asked = useSignal(0);
  const fail = (problem: unknown) => {
    error.value = sentence(who.errors, problem instanceof ApiError ? problem.code : 'other');
  };
  useEffect(() => {
    proofs
      .rules()
      .then((rules) => {
        form.value = formOf(rules);
      })
      .catch(fail);
  }, [proofs, asked.value]); // asked anew when somebody tries again
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !form.value) return;
    const rules = rulesOf(form.value);
    if (!rules) {
      element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
      return;
    }
    busy.value = true;
    error.value = '';
    try {
      await proofs.setRules(rules);
      onClose();
      toast(g.saved);
    } catch (problem) {
      fail(problem);
      busy.value = false;
    }
  };
  return (
    <Dialog title={g.title} closeLabel={t.dismiss} onClose={onClose} class="dialog-wide">
      <p>{g.lead}</p>
      {form.value ? (
        <form class="form" ref={element} onSubmit={submit} noValidate>
          {GATE_ACTIONS.map((action) => (
            <Gate
              key={action}
              action={action}
              value={form.value?.[action] ?? OFF}
              onValue={(value) => {
                if (form.value) form.value = { ...form.value, [action]: value };
              }}
            />
          ))}
          <p class="field-error" role="alert">
            {error}
          </p>
          <div class="dialog-actions">
            <Button onClick={onClose}>{t.cancel}</Button>
            <Button variant="primary" type="submit" busy={busy.value}>
              {g.save}
            </Button>
          </div>
        </form>
      ) : error.value ? (
        <div class="form">
          <p class="field-error" role="alert">
            {error}
          </p>
          <div class="dialog-actions">
            <Button
              onClick={() => {
                error.value = '';
                asked.value += 1;
              }}
            >
              {who.panel.retry}
            </Button>
          </div>
        </div>
      ) : (
        <div class="page-center">
          <Spinner label={g.loading} />
        </div>
      )}
    </Dialog>
  );
}

const OFF: Form[GateAction] = { on: false, level: 'substantial', minutes: '60' };

interface GateProps {
  action: GateAction;
  value: Form[GateAction];
  onValue: (value: Form[GateAction]) => void;
}

function Gate({ action, value, onValue }: GateProps): VNode {
  const { who } = useEnv();
  const g = who.gates;
  const bad = value.on && minutesOf(value.minutes) === null;
  return (
    <fieldset class="gate-rule">
      <legend>{who.actions[action]}</legend>
      <p class="faint">{g.hints[action]}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={value.on}
          onChange={(event) => onValue({ ...value, on: event.currentTarget.checked })}
        />
        {g.on}
      </label>
      {value.on && (
        <div class="gate-terms">
          <label class="field">
            <span class="field-label">{g.level}</span>
            <select
              class="input"
              value={value.level}
              onChange={(event) => onValue({ ...value, level: event.currentTarget.value as Level })}
            >
              {LEVELS.map((level) => (
                <option key={level} value={level}>
                  {who.levels[level]}
                </option>
              ))}
            </select>
          </label>
          <Field
            label={g.age}
            hint={g.ageHint}
            error={bad ? g.badAge : null}
            inputMode="numeric"
            value={value.minutes}
            onValue={(minutes) => onValue({ ...value, minutes })}
          />
        </div>
      )}
    </fieldset>
  );
}
