/** Nobody is there: name, e-mail and message, kept as a conversation. Nothing is asked twice. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { MAX_TEXT } from '@/client/protocol.gen.ts';
import { openingText } from '@/queue/opening.ts';
import { Button } from '@/ui/button.tsx';
import { Field } from '@/ui/field.tsx';
import type { Chat } from './chat.ts';
import './form.css';
import { words } from './form.words.ts';

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

export function Form({ chat }: { chat: Chat }) {
  const lang = chat.i18n.lang.value;
  const t = words[lang];
  const opening = openingText(chat.availability.value?.opens_at, chat.connection.now(), lang);
  const form = useRef<HTMLFormElement>(null);
  const name = useSignal('');
  const email = useSignal('');
  const text = useSignal('');
  const tried = useSignal(false);

  const problems = {
    name: name.value.trim() ? null : t.needName,
    email: EMAIL.test(email.value.trim()) ? null : t.needEmail,
    text: text.value.trim() ? null : t.needMessage,
  };
  const shown = tried.value ? problems : { name: null, email: null, text: null };

  useSignalEffect(() => {
    if (chat.host.focus.value > 0 && matchMedia('(pointer: fine)').matches) {
      form.current?.querySelector<HTMLElement>('input')?.focus();
    }
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    tried.value = true;
    if (problems.name || problems.email || problems.text) {
      // The errors are drawn next; the first wrong field is where to go on.
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      );
      return;
    }
    chat.host.tab.keep('queue', { email: true }); // nothing is asked twice
    chat.leave({ name: name.value.trim(), email: email.value.trim() }, text.value);
  };

  return (
    <form ref={form} class="leave" noValidate onSubmit={submit}>
      <h2>{t.title}</h2>
      <p>
        {t.lead}
        {opening && <strong class="leave-opening">{opening}</strong>}
      </p>
      <Field
        label={t.name}
        value={name.value}
        error={shown.name}
        autoComplete="name"
        maxLength={100}
        required
        onValue={(value) => {
          name.value = value;
        }}
      />
      <Field
        label={t.email}
        value={email.value}
        error={shown.email}
        type="email"
        autoComplete="email"
        maxLength={254}
        required
        onValue={(value) => {
          email.value = value;
        }}
      />
      <Field
        label={t.message}
        value={text.value}
        error={shown.text}
        rows={5}
        maxLength={MAX_TEXT}
        required
        onValue={(value) => {
          text.value = value;
        }}
      />
      <Button variant="primary" type="submit">
        {t.submit}
      </Button>
    </form>
  );
}
