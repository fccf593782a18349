/** Who serves, whether anybody is there, and the ways to talk. */
import { useState } from 'preact/hooks';
import type { Person } from '@/client/protocol.gen.ts';
import { Avatar } from '@/ui/avatar.tsx';
import { IconButton } from '@/ui/button.tsx';
import { CameraIcon, CloseIcon, MoreIcon, PhoneIcon } from '@/ui/icons.chat.tsx';
import type { Chat } from './chat.ts';

const FACES = 3;

export function Header({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  const callable = chat.callable.value;
  const { people, title, status, online } = useCounter(chat);
  return (
    <header class="head">
      {people.length > 0 && (
        <span class="faces">
          {people.slice(0, FACES).map(({ id, name = '' }) => (
            <Avatar key={id} id={id} name={name} size={36} online={online} />
          ))}
        </span>
      )}
      <div class="head-text">
        <h1>{title}</h1>
        <p role="status" class={online ? 'head-online' : ''}>
          {status}
        </p>
      </div>
      <div class="head-actions">
        {callable && (
          <>
            <IconButton
              label={t.call.voice}
              icon={<PhoneIcon />}
              onClick={() => void chat.startCall(['audio'])}
            />
            <IconButton
              label={t.call.video}
              icon={<CameraIcon />}
              onClick={() => void chat.startCall(['audio', 'video'])}
            />
          </>
        )}
        <More chat={chat} />
        <IconButton
          label={t.close}
          icon={<CloseIcon />}
          onClick={() => chat.host.tell({ t: 'close' })}
        />
      </div>
    </header>
  );
}

/** The rarer things; the menu is fetched when it is first wanted. */
function More({ chat }: { chat: Chat }) {
  const [part, setPart] = useState<typeof import('./more.tsx') | null>(null);
  if (part) return <part.MoreMenu chat={chat} />;
  return (
    <IconButton
      label={chat.i18n.t.value.menu.label}
      icon={<MoreIcon />}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => void import('./more.tsx').then(setPart)}
    />
  );
}

interface Counter {
  people: Person[];
  title: string;
  status: string;
  online: boolean;
}

/** What the head says: the one who serves, or whoever is there. */
function useCounter(chat: Chat): Counter {
  const t = chat.i18n.t.value;
  const shop = chat.site.value?.name ?? t.title;
  const state = chat.thread.state.value;
  const { online = false, people = [] } = chat.availability.value ?? {};
  if (state?.state === 'active' && state.assignee) {
    const { assignee } = state;
    return {
      people: [assignee],
      title: assignee.name ?? t.service,
      status: t.serving,
      online: true,
    };
  }
  if (state?.queue && !state.queue.callback_at && online) {
    return { people, title: shop, status: t.finding, online };
  }
  if (!chat.availability.value) return { people: [], title: shop, status: '', online: false };
  if (!online) return { people: [], title: shop, status: t.away, online };
  const names = people.slice(0, 2).map(({ name = '' }) => name);
  const status = t.here(names.join(', '), Math.max(0, people.length - 2));
  return { people, title: shop, status, online };
}
