/** Who the customer is, how the conversation stands, and what can be done with it. */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { Avatar } from '@/ui/avatar';
import { Button, IconButton } from '@/ui/button';
import {
  BackIcon,
  CameraIcon,
  CheckIcon,
  InfoIcon,
  LinkIcon,
  MoreIcon,
  PhoneIcon,
  ReturnIcon,
  ScreenIcon,
  TransferIcon,
} from '@/ui/icons';
import { Menu, type MenuItem } from '@/ui/menu';
import { useCalls } from './calls';
import { useEnv } from './env';
import { visitorName } from './names';
import { type Act, possible } from './possible';
import { runAction } from './run';

export function Header({ state }: { state: ConversationState }): VNode {
  const env = useEnv();
  const { desk, t } = env;
  const can = (act: Act) => possible(act, state, desk.id);
  const online = desk.online(state.id);
  const viewers = desk.viewers(state.id);
  const names = viewers.map((viewer) => viewer.name).join(', ');
  const items: MenuItem[] = [];
  if (can('invite')) {
    items.push({
      label: t.conversation.invite,
      icon: <LinkIcon />,
      run: () => runAction('invite', env),
    });
  }
  if (can('transfer')) {
    items.push({
      label: t.conversation.transfer,
      icon: <TransferIcon />,
      run: () => runAction('transfer', env),
    });
  }
  if (can('handback')) {
    items.push({
      label: t.conversation.handback,
      icon: <ReturnIcon />,
      run: () => runAction('handback', env),
    });
  }
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
          {t.states[state.state]}
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
        {can('call') && !state.call && <CallButtons conv={state.id} />}
        {can('close') && (
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

function CallButtons({ conv }: { conv: string }): VNode {
  const { t } = useEnv();
  const calls = useCalls();
  return (
    <span class="head-calls">
      <IconButton
        label={t.call.voice}
        icon={<PhoneIcon />}
        onClick={() => void calls.prepare(conv, { action: 'start', media: ['audio'] })}
      />
      <IconButton
        label={t.call.video}
        icon={<CameraIcon />}
        onClick={() => void calls.prepare(conv, { action: 'start', media: ['audio', 'video'] })}
      />
      <IconButton
        label={t.call.screen}
        icon={<ScreenIcon />}
        onClick={() => void calls.prepare(conv, { action: 'start', media: ['audio', 'screen'] })}
      />
    </span>
  );
}
