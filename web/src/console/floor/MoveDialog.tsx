/** Moves a customer who waits: to another department, or straight to an agent. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import { visitorName } from '../names';
import { agentName, departmentName, refusalText, useFloor } from './context';
import { presenceOf, sortAgents } from './overview';
import type { Waiting } from './wire';

/** Sends the move; a refusal stays in the dialog, where something else can be chosen. */
function useMove(row: Waiting) {
  const { desk } = useEnv();
  const { asked, f, feed } = useFloor();
  const busy = useSignal(false);
  const error = useSignal('');
  const close = () => {
    asked.value = null;
  };
  const send = async (where: object, done: string) => {
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      await desk.cookieApi.post(`/agent/tasks/${row.conv}/move`, where);
      close();
      toast(done);
    } catch (problem) {
      error.value = refusalText(problem, f);
      busy.value = false;
    }
    void feed.retry();
  };
  return { busy, error, close, send };
}

export function MoveDialog({ row }: { row: Waiting }): VNode {
  const { t } = useEnv();
  const { f, floor } = useFloor();
  const m = f.move;
  const { busy, error, close, send } = useMove(row);
  const to = useSignal<string | null>(
    floor.departments.find(({ id }) => id !== row.department)?.id ?? null,
  );
  const front = useSignal(false);
  const name = visitorName(row.visitor, t);
  return (
    <Dialog title={m.title(name)} closeLabel={f.cancel} onClose={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const department = to.value;
          if (!department) return;
          const where = { department, front: front.value };
          void send(where, m.done(name, departmentName(floor, department)));
        }}
      >
        <p class="faint">{m.text}</p>
        <fieldset class="choices">
          <legend>{m.to}</legend>
          {floor.departments.map((one) => {
            const here = one.id === row.department;
            const said = here ? m.here : !one.open ? m.closed : !one.staffed ? m.unstaffed : '';
            return (
              <label key={one.id} class="check">
                <input
                  type="radio"
                  name="move-to"
                  checked={to.value === one.id}
                  disabled={here}
                  onChange={() => {
                    to.value = one.id;
                  }}
                />
                {one.name}
                {said && <small class="faint">{said}</small>}
              </label>
            );
          })}
        </fieldset>
        <label class="check">
          <input
            type="checkbox"
            checked={front.value}
            onChange={(event) => {
              front.value = event.currentTarget.checked;
            }}
          />
          {m.front}
        </label>
        <p class="field-error" role="status">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={close}>{f.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value} disabled={to.value === null}>
            {m.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function GiveDialog({ row }: { row: Waiting }): VNode {
  const { t } = useEnv();
  const { f, floor } = useFloor();
  const g = f.give;
  const { busy, error, close, send } = useMove(row);
  const to = useSignal<string | null>(null);
  const name = visitorName(row.visitor, t);
  const all = sortAgents(floor.agents);
  // Those of the department first: they know what is asked there.
  const inside = all.filter(({ departments }) => departments.includes(row.department));
  const agents = [...inside, ...all.filter((one) => !inside.includes(one))];
  const free = agents.some((one) => presenceOf(one) === 'available');
  return (
    <Dialog title={g.title(name)} closeLabel={f.cancel} onClose={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const agent = to.value;
          if (agent) void send({ agent }, g.done(name, agentName(floor, agent)));
        }}
      >
        {free ? <p class="faint">{g.text}</p> : <Empty title={g.nobody} text={g.text} />}
        <fieldset class="choices">
          <legend>{g.to}</legend>
          {agents.map((one) => {
            const presence = presenceOf(one);
            return (
              <label key={one.id} class="check">
                <input
                  type="radio"
                  name="give-to"
                  checked={to.value === one.id}
                  disabled={presence !== 'available'}
                  onChange={() => {
                    to.value = one.id;
                  }}
                />
                <Avatar id={one.id} name={one.name} size={24} online={presence === 'available'} />
                {one.name}
                <small class="faint">
                  {f.agents.states[presence]}
                  {presence === 'available' && ` ${f.agents.loadOf(one.used, one.capacity)}`}
                  {!inside.includes(one) && ` · ${g.outside}`}
                </small>
              </label>
            );
          })}
        </fieldset>
        <p class="field-error" role="status">
          {error}
        </p>
        <div class="dialog-actions">
          <Button onClick={close}>{f.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value} disabled={to.value === null}>
            {g.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
