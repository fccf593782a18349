/** Carries out an action of the keyboard or the command bar, when the moment allows it. */
import { batch } from '@preact/signals';
import type { Reservation } from '@/client/protocol.gen';
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

export function canRun(action: Action, { desk, proofs, showing, standing }: Env): boolean {
  const state = desk.thread.value?.state.value ?? null;
  const act = NEEDS[action];
  if (act) return possible(act, state, desk.id);
  if (action === 'accept')
    return possible('accept', state, desk.id) || desk.counts.value.waiting > 0;
  if (action === 'offerAccept' || action === 'offerReject') {
    return standing.offers(desk.connection.now()).length > 0;
  }
  if (action === 'pull') return standing.canPull.value;
  if (action === 'available') return standing.frame.value !== null;
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
    case 'offerAccept':
    case 'offerReject': {
      const [first] = env.standing.offers(desk.connection.now());
      if (first) void answerOffer(first, action === 'offerAccept', env);
      return;
    }
    case 'pull':
      void env.standing.pull();
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
      void env.standing.set(env.standing.frame.value?.state === 'available' ? 'away' : 'available');
      return;
    case 'help':
      screen.dialog.value = 'keys';
      return;
    case 'commands':
      screen.dialog.value = 'commands';
  }
}

/** Answers an offer. Whatever dialog was open was about what one leaves by accepting. */
export async function answerOffer(
  offer: Reservation,
  accept: boolean,
  { screen, standing }: Env,
): Promise<void> {
  if (!accept) {
    await standing.reject(offer);
    return;
  }
  if (!(await standing.accept(offer))) return;
  batch(() => {
    screen.dialog.value = null;
    // Who advised wrote in private; who serves writes to the customer.
    screen.chooseKind(offer.conv, 'reply');
    standing.open(offer.conv);
  });
}

/** Takes over what a colleague has offered to oneself, and writes to the customer from then on. */
export async function takeOver(conv: string, { desk, screen }: Env): Promise<void> {
  if (await desk.act({ t: 'transfer.accept', conv })) screen.chooseKind(conv, 'reply');
}

/** Joins a colleague who asks for advice, ready to write in private. */
export async function joinConsult(conv: string, { desk, screen }: Env): Promise<void> {
  if (!(await desk.act({ t: 'consult.accept', conv }))) return;
  batch(() => {
    screen.dialog.value = null;
    screen.chooseKind(conv, 'consult');
    desk.select(conv);
  });
}
