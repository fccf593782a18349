/** Sets the state of a colleague, with the reason that they and the log are told. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';
import { useEnv } from '../env';
import { AWAY_REASONS, type AwayReason } from '../queue/standing';
import { refusalText, useFloor } from './context';
import type { FloorAgent } from './wire';

const STATES = ['available', 'away'] as const;

export function StateDialog({ agent }: { agent: FloorAgent }): VNode {
  const { desk, q } = useEnv();
  const { asked, f, feed } = useFloor();
  const s = f.state;
  const id = useId();
  // What one comes for is the other state than the one they have.
  const state = useSignal<(typeof STATES)[number]>(
    agent.state === 'available' ? 'away' : 'available',
  );
  const reason = useSignal<AwayReason>('other');
  const busy = useSignal(false);
  const error = useSignal('');
  const close = () => {
    asked.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    const body = {
      state: state.value,
      reason: state.value === 'away' ? reason.value : null,
    };
    try {
      await desk.cookieApi.put(`/agent/agents/${agent.id}/state`, body);
      close();
      toast(s.done(agent.name));
    } catch (problem) {
      error.value = refusalText(problem, f);
      busy.value = false;
    }
    void feed.retry();
  };
  return (
    <Dialog title={s.title(agent.name)} closeLabel={f.cancel} onClose={close}>
      <form class="form" onSubmit={submit}>
        <fieldset class="choices">
          <legend>{s.state}</legend>
          {STATES.map((one) => (
            <label key={one} class="check">
              <input
                type="radio"
                name={`state-${id}`}
                checked={state.value === one}
                onChange={() => {
                  state.value = one;
                }}
              />
              <span class="cell-stack">
                {s[one]}
                <small class="faint">{s[`${one}Hint`]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {state.value === 'away' && (
          <div class="field">
            <label class="field-label" for={`reason-${id}`}>
              {s.reason}
            </label>
            <select
              id={`reason-${id}`}
              class="input"
              value={reason.value}
              onChange={(event) => {
                reason.value = event.currentTarget.value as AwayReason;
              }}
            >
              {AWAY_REASONS.map((one) => (
                <option key={one} value={one}>
                  {q.status.reasons[one]}
                </option>
              ))}
            </select>
          </div>
        )}
        <p class="faint">{s.text}</p>
        <p class="field-error" role="status">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={close}>{f.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value}>
            {s.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
