/** Asks the customer to prove who they are: what for, in which words, how sure; and what follows. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Refused } from '@/client/frames';
import type { ConversationState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { useEnv } from '../env';
import { sentence } from '../words';
import { ASKED_LEVELS, hindrance, MAX_NOTE, PURPOSES, type Wish } from './ask';
import { Preview } from './Preview';

interface AskDialogProps {
  wish: Wish;
  state: ConversationState;
  onClose: () => void;
}

export function AskDialog({ wish: first, state, onClose }: AskDialogProps): VNode {
  const { desk, proofs, t, who } = useEnv();
  const a = who.ask;
  const form = useRef<HTMLFormElement>(null);
  const wish = useSignal<Wish>(first);
  const busy = useSignal(false);
  const tried = useSignal(false);
  const error = useSignal('');
  const { purpose, level, note } = wish.value;
  const lacksNote = purpose === 'other' && note.trim() === '';
  const hindered = hindrance(state, desk.me.agent);
  const lacks = proofs.none ? a.none : proofs.proving(level)?.length === 0 ? a.noneSoSure : '';
  const stopped = lacks || (hindered && !busy.value ? a.hindrances[hindered] : '');
  const change = (part: Partial<Wish>) => {
    wish.value = { ...wish.value, ...part };
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || stopped) return;
    tried.value = true;
    if (lacksNote) {
      form.current?.querySelector<HTMLElement>('textarea')?.focus();
      return;
    }
    busy.value = true;
    error.value = '';
    try {
      const asked = { purpose, level, note: note.trim() };
      await desk.connection.send({ t: 'identity.ask', conv: state.id, ...asked });
      onClose();
    } catch (problem) {
      busy.value = false;
      error.value = sentence(a.refused, problem instanceof Refused ? problem.code : 'other');
    }
  };
  return (
    <Dialog title={a.title} closeLabel={t.cancel} onClose={onClose} class="dialog-wide">
      <form class="form ask-form" ref={form} onSubmit={submit}>
        <p>{a.lead}</p>
        <fieldset class="choices choices-flow">
          <legend>{a.purpose}</legend>
          {PURPOSES.map((word) => (
            <label key={word} class="check">
              <input
                type="radio"
                name="purpose"
                autofocus={first.purpose === word}
                checked={purpose === word}
                onChange={() => change({ purpose: word })}
              />
              {a.purposes[word]}
            </label>
          ))}
        </fieldset>
        <Field
          label={a.note}
          hint={purpose === 'other' ? a.noteNeeded : a.noteHint}
          error={tried.value && lacksNote ? a.noteNeeded : null}
          rows={2}
          maxLength={MAX_NOTE}
          value={note}
          onValue={(text) => change({ note: text })}
        />
        <fieldset class="choices">
          <legend>{a.level}</legend>
          {ASKED_LEVELS.map((word) => (
            <label key={word} class="check">
              <input
                type="radio"
                name="level"
                checked={level === word}
                onChange={() => change({ level: word })}
              />
              {a.levels[word === 'high' ? 'high' : 'substantial']}
            </label>
          ))}
        </fieldset>
        <Preview state={state} wish={wish.value} />
        <div class="ask-what">
          <h3>{a.what}</h3>
          <ol>
            {a.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </div>
        {desk.online(state.id) === false && <p class="ask-away">{a.away}</p>}
        <p class="field-error" role="alert">
          {stopped || error.value}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" type="submit" busy={busy.value} disabled={stopped !== ''}>
            {a.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
