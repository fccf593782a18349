/** Signed in or not: the sign-in page, or the desk with its connection. */
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { Connection } from '@/client/connection';
import type { I18n } from '@/i18n';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { Toasts, toast } from '@/ui/toast';
import { Calls, CallsContext } from './calls';
import { Desk, type Notice } from './desk';
import type { Drafts } from './drafts';
import { type Env, EnvContext, Screen, type Words } from './env';
import { Proofs } from './identity/proofs';
import { tell } from './notices';
import type { Prefs } from './prefs';
import { Standing } from './queue/standing';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import type { Me, Session } from './session';
import { Showing } from './showing';

export interface AppProps {
  session: Session;
  prefs: Prefs;
  drafts: Drafts;
  words: I18n<Words>;
}

export function App(props: AppProps): VNode {
  const { session, words } = props;
  const t = words.t.value.console;
  const state = session.state.value;
  switch (state.at) {
    case 'checking':
      return (
        <main class="page-center">
          <Spinner label={t.connection.connecting} />
        </main>
      );
    case 'unreachable':
      return (
        <main class="page-center">
          <p role="alert">{t.errors.network}</p>
          <Button variant="primary" onClick={() => void session.check()}>
            {t.connection.retry}
          </Button>
        </main>
      );
    case 'out':
      return <SignIn session={session} words={words} prefs={props.prefs} ended={state.ended} />;
    case 'in':
      return <SignedIn key={state.me.agent.id} {...props} me={state.me} />;
  }
}

function SignedIn(props: AppProps & { me: Me }): VNode {
  const { session, prefs, drafts, words, me } = props;
  const env = useMemo<Env>(() => {
    const address = new URL('/ws', location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const connection = new Connection({
      url: address.href,
      token: (fresh) => session.token(fresh),
    });
    const notify = (notice: Notice) => {
      const { text, action, passing } = tell(notice, words.t.peek(), desk);
      toast(text, action, passing);
    };
    const { api, cookieApi } = session;
    const desk = new Desk({ me, connection, api, cookieApi, prefs, notify });
    const showing = new Showing({ desk, token: (fresh) => session.token(fresh) });
    const proofs = new Proofs({ desk, cookieApi, api });
    const standing = new Standing(desk);
    const screen = new Screen();
    return { session, prefs, drafts, words, desk, standing, showing, proofs, screen };
  }, [session, prefs, drafts, words, me]);
  const calls = useMemo(() => new Calls(env.desk), [env]);

  useEffect(() => {
    const { connection } = env.desk;
    connection.start();
    const wake = () => connection.wake();
    window.addEventListener('online', wake);
    const end = connection.state.subscribe((state) => {
      const code = connection.refusal.peek();
      // Signed out elsewhere or the account removed; a version clash is shown by the banner.
      if (state === 'refused' && (code === 401 || code === 403 || code === 4003 || code === 4004)) {
        session.ended();
      }
    });
    return () => {
      window.removeEventListener('online', wake);
      end();
      calls.dispose();
      env.showing.dispose();
      env.proofs.dispose();
      env.standing.dispose();
      env.desk.close();
    };
  }, [env, calls, session]);

  return (
    <EnvContext.Provider value={env}>
      <CallsContext.Provider value={calls}>
        <Shell />
      </CallsContext.Provider>
      <Toasts closeLabel={words.t.value.console.dismiss} />
    </EnvContext.Provider>
  );
}
