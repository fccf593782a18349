/**
 * Brings a colleague in for advice, or asks one, or a department, to take the conversation over.
 * The owner keeps it until somebody has.
 */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ConversationState, Need } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { ColleagueList } from './ColleagueList';
import {
  type Colleague,
  canAdvise,
  canTakeOver,
  type DepartmentInfo,
  sortColleagues,
} from './colleagues';
import { DepartmentList } from './DepartmentList';
import { advisers } from './watching';

interface Choices {
  colleagues: Colleague[];
  departments: DepartmentInfo[];
}

interface TransferDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function TransferDialog({ state, onClose }: TransferDialogProps): VNode {
  const { desk, q, t } = useEnv();
  const x = q.transfer;
  const found = useSignal<Choices | 'failed' | null>(null);
  const way = useSignal<'colleague' | 'department'>('colleague');
  const to = useSignal<string | null>(null);
  const department = useSignal<string | null>(null);
  const needs = useSignal<readonly Need[]>([]);
  const note = useSignal('');
  const busy = useSignal(false);

  useEffect(() => {
    const here = state.department?.id;
    Promise.all([
      desk.cookieApi.get<Colleague[]>('/agent/colleagues'),
      desk.cookieApi.get<DepartmentInfo[]>('/agent/departments'),
    ])
      .then(([all, departments]) => {
        const colleagues = sortColleagues(all.filter(({ id }) => id !== desk.id));
        found.value = { colleagues, departments: departments.filter(({ id }) => id !== here) };
        to.value = colleagues.find(canTakeOver)?.id ?? null;
      })
      .catch(() => {
        found.value = 'failed';
      });
  }, [desk, found, to, state.department?.id]);

  const choices = found.value;
  if (choices === null || choices === 'failed') {
    return (
      <Dialog title={x.title} closeLabel={t.cancel} onClose={onClose}>
        {choices === null ? (
          <div class="page-center">
            <Spinner label={t.list.loading} />
          </div>
        ) : (
          <p role="alert">{t.errors.network}</p>
        )}
      </Dialog>
    );
  }

  const { colleagues, departments } = choices;
  const chosen = colleagues.find(({ id }) => id === to.value) ?? null;
  const place = departments.find(({ id }) => id === department.value) ?? null;
  const consults = !state.consult && advisers(state).length === 0;
  const ask = async (act: 'consult' | 'transfer') => {
    if (busy.value) return;
    busy.value = true;
    const conv = state.id;
    const said = note.value.trim();
    let done = false;
    if (act === 'consult' && chosen) {
      done = await desk.act({ t: 'consult.ask', conv, to: chosen.id, note: said });
    } else if (way.value === 'colleague' && chosen) {
      done = await desk.act({ t: 'transfer.request', conv, to: chosen.id, note: said });
      if (done) desk.notify({ word: 'asked', name: chosen.name });
    } else if (place) {
      const wanted = [...needs.value];
      const where = { department: place.id, needs: wanted, note: said };
      done = await desk.act({ t: 'transfer.request', conv, ...where });
    }
    busy.value = false;
    if (done) onClose();
  };
  const ready = way.value === 'colleague' ? chosen !== null && canTakeOver(chosen) : place !== null;
  return (
    <Dialog title={x.title} closeLabel={t.cancel} onClose={onClose} class="dialog-wide">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void ask('transfer');
        }}
      >
        <fieldset class="bring-way">
          <legend class="hidden-text">{x.how}</legend>
          {(['colleague', 'department'] as const).map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name="way"
                checked={way.value === choice}
                onChange={() => {
                  way.value = choice;
                }}
              />
              {choice === 'colleague' ? x.toColleague : x.toDepartment}
            </label>
          ))}
        </fieldset>
        {way.value === 'colleague' ? (
          <ColleagueList colleagues={colleagues} chosen={to} />
        ) : (
          <DepartmentList
            departments={departments}
            colleagues={colleagues}
            chosen={department}
            needs={needs}
          />
        )}
        <Field
          label={t.transfer.note}
          hint={t.transfer.noteHint}
          rows={2}
          value={note.value}
          onValue={(value) => {
            note.value = value;
          }}
        />
        <p class="faint">{way.value === 'colleague' ? t.transfer.lead : x.leadDepartment}</p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          {way.value === 'colleague' && consults && (
            <Button
              title={x.consultHint}
              disabled={!chosen || !canAdvise(chosen)}
              busy={busy.value}
              onClick={() => void ask('consult')}
            >
              {x.consult}
            </Button>
          )}
          <Button variant="primary" type="submit" disabled={!ready} busy={busy.value}>
            {t.transfer.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
