/** The sign-in page: one form, plain words about what went wrong, the focus where it is needed. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '@/client/api';
import { type I18n, LANG_NAMES, LANGS } from '@/i18n';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Logo } from '@/ui/logo';
import type { Words } from './env';
import type { Prefs } from './prefs';
import type { Session } from './session';
import { sentence } from './words';
import './signin.css';

interface SignInProps {
  session: Session;
  words: I18n<Words>;
  prefs: Prefs;
  /** The session ended without the agent's doing. */
  ended: boolean;
}

export function SignIn({ session, words, prefs, ended }: SignInProps): VNode {
  const t = words.t.value.console;
  const email = useSignal('');
  const password = useSignal('');
  const shown = useSignal(false);
  const busy = useSignal(false);
  const error = useSignal('');
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    document.title = `${t.signIn.title} · Tiski`;
  }, [t]);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      await session.login(email.value.trim(), password.value);
    } catch (problem) {
      const failure = problem instanceof ApiError ? problem : null;
      error.value = failure?.retryAfter
        ? t.signIn.wait(failure.retryAfter)
        : sentence(t.errors, failure?.code ?? 'other');
      form.current?.querySelector<HTMLInputElement>('input[name=password]')?.focus();
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="signin">
      <form class="signin-card" ref={form} onSubmit={submit}>
        <Logo />
        <h1>{t.signIn.title}</h1>
        <p class="signin-lead">{ended ? t.signIn.ended : t.signIn.lead}</p>
        <Field
          label={t.signIn.email}
          type="email"
          name="email"
          autocomplete="username"
          required
          value={email.value}
          onValue={(value) => {
            email.value = value;
          }}
        />
        <Field
          label={t.signIn.password}
          type={shown.value ? 'text' : 'password'}
          name="password"
          autocomplete="current-password"
          required
          value={password.value}
          error={error.value || null}
          onValue={(value) => {
            password.value = value;
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={shown.value}
            onChange={(event) => {
              shown.value = event.currentTarget.checked;
            }}
          />
          {t.signIn.show}
        </label>
        <Button variant="primary" type="submit" busy={busy.value}>
          {busy.value ? t.signIn.busy : t.signIn.submit}
        </Button>
      </form>
      <nav class="signin-langs" aria-label={t.settings.language}>
        {LANGS.map((lang) => (
          <button
            key={lang}
            type="button"
            lang={lang}
            aria-current={prefs.lang.value === lang ? 'true' : undefined}
            onClick={() => {
              prefs.lang.value = lang;
            }}
          >
            {LANG_NAMES[lang]}
          </button>
        ))}
      </nav>
    </main>
  );
}
