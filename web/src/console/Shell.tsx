/**
 * The four zones: sidebar, list, conversation, context. Wide screens show all; from 1279 px down
 * the context lies over the conversation, and on a phone one zone is seen at a time.
 */
import { batch, effect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import type { Canned } from '@/timeline/canned';
import { DialogBeside } from '@/ui/dialog';
import { useAlerts } from './alerting';
import { Connectivity } from './Connectivity';
import { Context } from './Context';
import { Conversation } from './Conversation';
import { Dialogs } from './Dialogs';
import { type Env, useEnv } from './env';
import { type Action, actionOf } from './keys';
import { List } from './List';
import { DESK, readPlace, writePlace } from './pages';
import { Bars } from './queue/Bars';
import { OfferNews, OfferStack } from './queue/Offers';
import { canRun, runAction } from './run';
import { Sidebar } from './Sidebar';
import { SupervisorPage } from './SupervisorPage';
import './supervising.css';

export function Shell(): VNode {
  const env = useEnv();
  const { desk, prefs, screen, showing, t } = env;
  useAddress(env);
  useKeys(env);
  useClock(env);
  useAlerts(env);
  useOwn(env);
  const { at } = screen.page.value;
  const chosen = desk.selected.value !== null;
  return (
    <div
      class="shell"
      data-page={at === 'desk' ? undefined : at}
      data-chosen={chosen || undefined}
      data-large={(showing.active.value !== null && showing.large.value) || undefined}
      data-context={(chosen && prefs.context.value) || undefined}
      data-drawer={(chosen && screen.drawer.value) || undefined}
    >
      <Sidebar />
      {at === 'desk' ? <List /> : <SupervisorPage key={at} at={at} />}
      <main class="zone-conversation" aria-label={t.conversation.label} hidden={at !== 'desk'}>
        <Connectivity />
        <Bars />
        <Conversation />
      </main>
      {chosen && <Context />}
      <OfferStack place="over" />
      <OfferNews />
      {/* A modal dialog makes the rest inert: what rings is shown in it too. */}
      <DialogBeside.Provider value={<OfferStack place="dialog" />}>
        <Dialogs />
      </DialogBeside.Provider>
    </div>
  );
}

/** What is open is in the address, so that reload, back and links work. */
function useAddress({ desk, screen }: Env): void {
  useEffect(() => {
    const supervisor = desk.me.agent.role === 'supervisor';
    const read = () => {
      const { page, conv } = readPlace(location.hash, supervisor);
      batch(() => {
        screen.page.value = page;
        desk.select(conv);
      });
    };
    read();
    window.addEventListener('popstate', read);
    const end = effect(() => {
      const conv = desk.selected.value;
      // Whoever opens a conversation wants to see it.
      if (conv !== null) screen.page.value = DESK;
      const hash = writePlace({ page: screen.page.value, conv });
      if (location.hash === hash) return;
      screen.drawer.value = false;
      history.pushState(null, '', `${location.pathname}${hash}`);
    });
    return () => {
      window.removeEventListener('popstate', read);
      end();
    };
  }, [desk, screen]);
}

/** Answers to an offer: they act wherever one is. */
const OFFERED: ReadonlySet<Action> = new Set(['offerAccept', 'offerReject']);

/** Keys work from the moment that the desk is drawn. */
function useKeys(env: Env): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      // A letter that was meant for a field must never act: everything in a composer counts as one.
      const inField = target.closest('input, textarea, select, .composer, [role=menu]') !== null;
      const action = actionOf(event, env.prefs.keys.value, inField);
      if (!action) return;
      // A dialog keeps its keys, but an offer does not wait until it is closed.
      if (document.querySelector('dialog[open]') && !OFFERED.has(action)) return;
      // Chords that the browser knows as well are its own while there is nothing to answer.
      if (OFFERED.has(action) && !canRun(action, env)) return;
      event.preventDefault();
      runAction(action, env);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [env]);
}

function useClock({ desk, screen }: Env): void {
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === 'visible') screen.now.value = desk.connection.now();
    };
    tick();
    const timer = setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [desk, screen]);
}

/** Fetches what is not of a conversation: canned replies, ways to prove who one is. */
function useOwn({ desk, proofs, screen }: Env): void {
  useEffect(
    () =>
      effect(() => {
        if (desk.connection.state.value !== 'online') return;
        void proofs.load();
        desk.cookieApi
          .get<Canned[]>('/agent/canned')
          .then((replies) => {
            screen.canned.value = replies;
          })
          .catch(() => {}); // the composer works without them, and the next connection asks again
      }),
    [desk, proofs, screen],
  );
}
