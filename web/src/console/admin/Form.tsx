/**
 * The form of some settings: saved together, with what is wrong at its fields. Whether there is
 * something to save, or it was, stands beside the buttons and is told.
 */
import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from '@/ui/button';
import { CheckIcon } from '@/ui/icons';
import { placed } from './checking';
import { useAdmin } from './context';
import type { Draft, Problems } from './draft';

interface FormProps<T> {
  draft: Draft<T>;
  /** Says what is wrong before it is sent. */
  check: (value: T) => Problems;
  /** Sends it; what the server has is asked for anew after that. */
  send: (value: T) => Promise<void>;
  /** After it was saved. */
  onSaved?: () => void;
  /** Beside the buttons, as deleting. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Form<T>(props: FormProps<T>): VNode {
  const { draft, check, send, onSaved, aside, children } = props;
  const { admin, a } = useAdmin();
  const form = useRef<HTMLFormElement>(null);
  const showWrong = () => {
    requestAnimationFrame(() => {
      form.current?.querySelector<HTMLElement>('[aria-invalid=true], [data-wrong]')?.focus();
    });
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const value = draft.value.peek();
    if (value === null) return;
    const problems = check(value);
    if (Object.keys(problems).length > 0) {
      draft.refuse(problems);
      showWrong();
      return;
    }
    const sent = async (last: T) => {
      await send(last);
      await admin.refresh();
    };
    if (await draft.save(sent, (problem) => placed(problem, a))) onSaved?.();
    else showWrong();
  };
  const { '': whole, ...fields } = draft.problems.value;
  const wrong = whole ?? (Object.keys(fields).length > 0 ? a.look : '');
  const dirty = draft.dirty.value;
  return (
    <form class="form admin-form" ref={form} onSubmit={submit} noValidate>
      {children}
      <div class="admin-save">
        {aside}
        <p class="admin-said" role="status" data-tone={wrong ? 'danger' : undefined}>
          {wrong || (dirty ? a.changed : draft.saved.value ? <Saved text={a.saved} /> : '')}
        </p>
        {dirty && <Button onClick={() => draft.discard()}>{a.discard}</Button>}
        <Button variant="primary" type="submit" busy={draft.busy.value} disabled={!dirty}>
          {a.save}
        </Button>
      </div>
    </form>
  );
}

function Saved({ text }: { text: string }): VNode {
  return (
    <span class="admin-saved">
      <CheckIcon size={18} />
      {text}
    </span>
  );
}
