/** Which page the expert sees, by the state of the link and the seat. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { type I18n, LANG_NAMES, LANGS } from '@/i18n';
import { Button } from '@/ui/button';
import { Logo } from '@/ui/logo';
import { Spinner } from '@/ui/spinner';
import { Lobby } from './Lobby';
import { Room } from './Room';
import type { ExpertSession } from './session';
import type { Words } from './words';

export interface AppProps {
  session: ExpertSession;
  words: I18n<Words>;
}

export function App({ session, words }: AppProps): VNode {
  const t = words.t.value.expert;
  const state = session.state.value;
  useEffect(() => {
    document.title = `${t.title} · Tiski`;
  }, [t]);
  switch (state.at) {
    case 'looking':
      return (
        <Page words={words}>
          <Spinner label={t.looking} />
        </Page>
      );
    case 'unreachable':
      return (
        <Page words={words}>
          <p role="alert">{t.unreachable}</p>
          <Button variant="primary" onClick={() => void session.look()}>
            {t.retry}
          </Button>
        </Page>
      );
    case 'invited':
      return (
        <Page words={words}>
          <Lobby session={session} invited={state.invited} words={words} />
        </Page>
      );
    case 'seated':
      return <Room key={state.seat.you.id} session={session} seat={state.seat} words={words} />;
    case 'over': {
      const [title, text] = t.over[state.outcome];
      return (
        <Page words={words}>
          <h1>{title}</h1>
          <p>{text}</p>
        </Page>
      );
    }
  }
}

function Page({ words, children }: { words: I18n<Words>; children: ComponentChildren }): VNode {
  const t = words.t.value.expert;
  return (
    <main class="entry">
      <div class="entry-card">
        <Logo />
        {children}
      </div>
      <nav class="entry-langs" aria-label={t.language}>
        {LANGS.map((lang) => (
          <button
            key={lang}
            type="button"
            lang={lang}
            aria-current={words.lang.value === lang ? 'true' : undefined}
            onClick={() => void words.choose(lang)}
          >
            {LANG_NAMES[lang]}
          </button>
        ))}
      </nav>
    </main>
  );
}
