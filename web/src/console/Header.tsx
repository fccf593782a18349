/** Who the customer is, how the conversation stands, and what can be done with it. */
import type { VNode } from 'preact';
import type { Media } from '@/call';
import type { ConversationState } from '@/client/protocol.gen';
import { Avatar } from '@/ui/avatar';
import { Button, IconButton } from '@/ui/button';
import {
  BackIcon,
  CameraIcon,
  CheckIcon,
  InfoIcon,
  MoreIcon,
  PageIcon,
  PhoneIcon,
  ScreenIcon,
} from '@/ui/icons';
import { Menu, type MenuItem } from '@/ui/menu';
import { useCalls } from './calls';
import { type Told, useEnv } from './env';
import { headItems } from './headmenu';
import { KindChip } from './identity/Badge';
import type { Action } from './keys';
import { useMedia } from './media';
import { visitorName } from './names';
import { type Act, possible } from './possible';
import { ClockChip } from './queue/ClockChip';
import { QueueState } from './queue/QueueState';
import { RecordingSign } from './recordings/RecordingSign';
import { canRun, runAction } from './run';

const CALLS: { name: 'voice' | 'video' | 'screen'; media: Media[]; Icon: typeof PhoneIcon }[] = [
  { name: 'voice', media: ['audio'], Icon: PhoneIcon },
  { name: 'video', media: ['audio', 'video'], Icon: CameraIcon },
  { name: 'screen', media: ['audio', 'screen'], Icon: ScreenIcon },
];

export function Header({ state }: { state: ConversationState }): VNode {
  const env = useEnv();
  const { desk, t } = env;
  const can = (act: Act) => possible(act, state, desk.id);
  const starter = useCalls();
  const call = (media: Media[]) => void starter.prepare(state.id, { action: 'start', media });
  const online = desk.online(state.id);
  const viewers = desk.viewers(state.id);
  const names = viewers.map((viewer) => viewer.name).join(', ');
  const narrow = useMedia('(max-width: 767px)');
  // Who is in the call has it said in its panel.
  const apart = !starter.clients.value.some(
    ({ conv, client }) => conv === state.id && client.joined.value,
  );
  const calls = can('call') && !state.call ? CALLS : [];
  const see = canRun('cobrowse', env);
  const items: MenuItem[] = [
    ...(narrow ? narrowItems(env, calls, call) : []),
    ...headItems(state, env),
  ];
  return (
    <header class="head">
      <IconButton
        class="head-back"
        label={t.conversation.back}
        icon={<BackIcon />}
        onClick={() => desk.select(null)}
      />
      <Avatar
        id={state.visitor.id}
        name={state.visitor.name ?? ''}
        size={36}
        online={online === true}
      />
      <div class="head-who">
        <h2>{visitorName(state.visitor, t)}</h2>
        <p>
          {apart && <RecordingSign recording={state.call?.recording ?? null} />}
          {state.state !== 'closed' && <ClockChip of={state} />}
          <KindChip state={state} />
          <QueueState state={state} />
          {online !== null && ` · ${online ? t.person.online : t.person.offline}`}
          {viewers.length > 0 && (
            <b class="head-viewers">
              {viewers.length > 1
                ? t.conversation.viewingMany(names)
                : t.conversation.viewing(names)}
            </b>
          )}
        </p>
      </div>
      <div class="head-acts">
        {!narrow && (calls.length > 0 || see) && (
          <span class="head-calls">
            {calls.map(({ name, media, Icon }) => (
              <IconButton
                key={name}
                label={t.call[name]}
                icon={<Icon />}
                onClick={() => call(media)}
              />
            ))}
            {see && (
              <IconButton
                label={t.cobrowse.see}
                icon={<PageIcon />}
                onClick={() => runAction('cobrowse', env)}
              />
            )}
          </span>
        )}
        {!narrow && can('close') && (
          <Button icon={<CheckIcon size={18} />} onClick={() => runAction('close', env)}>
            {t.conversation.close}
          </Button>
        )}
        {items.length > 0 && <Menu label={t.conversation.more} icon={<MoreIcon />} items={items} />}
        <IconButton
          class="head-details"
          label={t.conversation.details}
          icon={<InfoIcon />}
          onClick={() => runAction('context', env)}
        />
      </div>
    </header>
  );
}

/** What stands as buttons of their own where there is room. */
function narrowItems(env: Told, calls: typeof CALLS, call: (media: Media[]) => void): MenuItem[] {
  const { t } = env;
  const items: MenuItem[] = calls.map(({ name, media, Icon }) => ({
    label: t.call[name],
    icon: <Icon />,
    run: () => call(media),
  }));
  const add = (action: Action, label: string, icon: VNode) => {
    if (canRun(action, env)) items.push({ label, icon, run: () => runAction(action, env) });
  };
  add('cobrowse', t.cobrowse.see, <PageIcon />);
  add('close', t.conversation.close, <CheckIcon />);
  return items;
}
