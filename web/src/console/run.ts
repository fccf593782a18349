/** Carries out an action of the keyboard or the command bar, when the moment allows it. */
import type { Env } from './env';
import { hindrance, lastWish } from './identity/ask';
import type { Action } from './keys';
import { DESK } from './pages';
import { type Act, possible } from './possible';
import { shown } from './showing';

/** Actions that need an act to be possible on the open conversation. */
const NEEDS: Partial<Record<Action, Act>> = {
  reply: 'reply',
  note: 'note',
  handback: 'handback',
  transfer: 'transfer',
  close: 'close',
  reopen: 'reopen',
  invite: 'invite',
};

export function canRun(action: Action, { desk, proofs, showing }: Env): boolean {
  const state = desk.thread.value?.state.value ?? null;
  const act = NEEDS[action];
  if (act) return possible(act, state, desk.id);
  if (action === 'accept')
    return possible('accept', state, desk.id) || desk.counts.value.waiting > 0;
  if (action === 'cobrowse') {
    if (shown(state)) return showing.active.value === null;
    return possible('cobrowse', state, desk.id, state && desk.online(state.id));
  }
  if (action === 'identity') {
    return state !== null && !proofs.none && hindrance(state, desk.me.agent) === null;
  }
  return action !== 'context' || state !== null;
}

export function runAction(action: Action, env: Env): void {
  if (!canRun(action, env)) return;
  const { desk, screen, prefs } = env;
  const thread = desk.thread.value;
  const conv = thread?.conv.value ?? null;
  switch (action) {
    case 'next':
      desk.selectNeighbour(1);
      return;
    case 'previous':
      desk.selectNeighbour(-1);
      return;
    case 'waiting':
    case 'mine':
    case 'all':
    case 'closed':
      screen.page.value = DESK;
      desk.show(action);
      return;
    case 'unread':
      desk.filterUnread(!desk.unreadOnly.value);
      return;
    case 'search':
      screen.page.value = DESK;
      desk.show('closed');
      requestAnimationFrame(() => screen.search.current?.focus());
      return;
    case 'accept':
      if (conv && possible('accept', thread?.state.value ?? null, desk.id)) void desk.accept(conv);
      else void desk.acceptNext();
      return;
    case 'reply':
    case 'note':
      if (conv) screen.chooseKind(conv, action);
      requestAnimationFrame(() => screen.composer.current?.focus());
      return;
    case 'handback':
      if (conv) void desk.handBack(conv);
      return;
    case 'reopen':
      if (conv) void desk.act({ t: 'conversation.reopen', conv });
      return;
    case 'transfer':
    case 'close':
    case 'invite':
      screen.dialog.value = action;
      return;
    case 'cobrowse':
      void env.showing.see();
      return;
    case 'identity':
      screen.dialog.value = { ask: lastWish(thread?.entries.value ?? []) };
      return;
    case 'context':
      if (matchMedia('(max-width: 1279px)').matches) screen.drawer.value = !screen.drawer.value;
      else prefs.context.value = !prefs.context.value;
      return;
    case 'available':
      void setAvailable(env, !(screen.available.value ?? true));
      return;
    case 'help':
      screen.dialog.value = 'keys';
      return;
    case 'commands':
      screen.dialog.value = 'commands';
  }
}

/** Tell the server whether customers should see this agent; shown at once, taken back if refused. */
export async function setAvailable({ desk, screen }: Env, available: boolean): Promise<void> {
  const was = screen.available.value;
  screen.available.value = available;
  try {
    await desk.cookieApi.put('/agent/status', { available });
  } catch {
    screen.available.value = was;
    desk.notify({ word: 'other' });
  }
}
