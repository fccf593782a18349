/** What a supervisor does in a colleague's conversation: for the header's menu and the command bar. */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { CloseIcon, ScreenIcon } from '@/ui/icons';
import type { MenuItem } from '@/ui/menu';
import type { Env, Told } from '../env';
import { mayLetIn } from '../guests/GuestsPart';
import { BargeIcon, EarIcon, TakeIcon, WhisperIcon } from './icons';
import { type Supervision, supervisions } from './observing';

const ICONS: Record<Supervision, () => VNode> = {
  listen: () => <EarIcon />,
  whisper: () => <WhisperIcon />,
  barge: () => <BargeIcon />,
  take: () => <TakeIcon />,
  stop: () => <CloseIcon />,
};

export function supervise(act: Supervision, state: ConversationState, { desk, screen }: Env): void {
  const conv = state.id;
  if (act === 'take') screen.dialog.value = { take: state };
  else if (act === 'stop') void desk.act({ t: 'observe.stop', conv });
  else {
    void desk.act({ t: 'observe', conv, part: act }).then((done) => {
      // What was chosen for writing was for another part.
      if (done) screen.chooseKind(conv, act === 'barge' ? 'reply' : 'consult');
    });
  }
}

function openGuests({ screen }: Env): void {
  screen.dialog.value = 'guests';
}

/** For the menu in the head of a conversation. */
export function supervisorItems(state: ConversationState, env: Told): MenuItem[] {
  const { role } = env.desk.me.agent;
  const items = supervisions(state, env.desk.id, role).map((act) => ({
    label: env.s.act[act],
    icon: ICONS[act](),
    run: () => supervise(act, state, env),
  }));
  if (mayLetIn(state, role)) {
    const run = () => openGuests(env);
    items.push({ label: env.s.act.guests, icon: <ScreenIcon />, run });
  }
  return items;
}

/** For the command bar. */
export function supervisorCommands(env: Told): { id: string; label: string; run: () => void }[] {
  const state = env.desk.thread.value?.state.value ?? null;
  if (!state) return [];
  const { role } = env.desk.me.agent;
  const commands = supervisions(state, env.desk.id, role).map((act) => ({
    id: `supervise-${act}`,
    label: env.s.command[act],
    run: () => supervise(act, state, env),
  }));
  if (mayLetIn(state, role)) {
    const run = () => openGuests(env);
    commands.push({ id: 'guests', label: env.s.command.guests, run });
  }
  return commands;
}
