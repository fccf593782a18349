/** Says who may join, as what, and how soon. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { LinkIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { sentence } from '../words';
import { GUESTS } from './strings';
import type { GuestKind, Made } from './wire';

const KINDS: readonly GuestKind[] = ['publish', 'play'];
const SPANS = [15, 60, 480, 1440]; // minutes; the server takes a day at most
const MAX_NAME = 60;

interface NewTokenProps {
  path: string;
  onMade: (made: Made) => void;
}

export function NewToken({ path, onMade }: NewTokenProps): VNode {
  const { desk, lang } = useEnv();
  const g = GUESTS[lang];
  const name = useSignal('');
  const kind = useSignal<GuestKind>('publish');
  const minutes = useSignal(60);
  const busy = useSignal(false);
  const wrongName = useSignal(false);
  const error = useSignal('');
  const span = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    const label = name.value.trim();
    wrongName.value = label === '';
    error.value = '';
    if (wrongName.value) return;
    busy.value = true;
    try {
      const asked = { kind: kind.value, label, minutes: minutes.value };
      onMade(await desk.cookieApi.post<Made>(path, asked));
    } catch (problem) {
      const code = problem instanceof ApiError ? problem.code : 'other';
      wrongName.value = code === 'bad_text';
      if (!wrongName.value) error.value = sentence(g.errors, code);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="form" onSubmit={submit}>
      <Field
        label={g.name}
        hint={g.nameHint}
        error={wrongName.value ? g.errors.bad_text : null}
        autocomplete="off"
        maxLength={MAX_NAME}
        value={name.value}
        onValue={(text) => {
          name.value = text;
          wrongName.value = false;
        }}
      />
      <fieldset class="choices">
        <legend>{g.kind}</legend>
        {KINDS.map((one) => (
          <label key={one} class="check">
            <input
              type="radio"
              name={`${span}-kind`}
              checked={kind.value === one}
              onChange={() => {
                kind.value = one;
              }}
            />
            {g.kinds[one]}
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label class="field-label" for={span}>
          {g.begins}
        </label>
        <select
          id={span}
          class="input"
          value={minutes.value}
          aria-describedby={`${span}-more`}
          onChange={(event) => {
            minutes.value = Number(event.currentTarget.value);
          }}
        >
          {SPANS.map((one) => (
            <option key={one} value={one}>
              {g.spans[one]}
            </option>
          ))}
        </select>
        <span id={`${span}-more`} class="field-hint">
          {g.beginsHint}
        </span>
      </div>
      {error.value && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <div class="dialog-actions">
        <Button variant="primary" type="submit" icon={<LinkIcon size={18} />} busy={busy.value}>
          {g.make}
        </Button>
      </div>
    </form>
  );
}
