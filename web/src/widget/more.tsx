/** The menu of the rarer things: sharing the screen, showing the page, sound. */
import '@preact/signals'; // draws the menu again when a choice changes
import { EyeIcon } from '@/cobrowse/widget/icons.tsx';
import { MoreIcon, ScreenIcon, SoundIcon, SoundOffIcon } from '@/ui/icons.tsx';
import { Menu, type MenuItem } from '@/ui/menu.tsx';
import type { Chat } from './chat.ts';
import { words } from './more.words.ts';

export function MoreMenu({ chat }: { chat: Chat }) {
  const { label } = chat.i18n.t.value.menu;
  return <Menu label={label} icon={<MoreIcon />} items={menuItems(chat)} opened />;
}

function menuItems(chat: Chat): MenuItem[] {
  const t = words[chat.i18n.lang.value];
  const muted = chat.sound.muted.value;
  const items: MenuItem[] = [
    {
      label: muted ? t.unmute : t.mute,
      icon: muted ? <SoundOffIcon /> : <SoundIcon />,
      run: () => chat.sound.mute(!muted),
    },
  ];
  if (showable(chat)) {
    items.unshift({ label: t.page, icon: <EyeIcon />, run: () => void showPage(chat) });
  }
  const canShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function'; // not on phones
  if (chat.callable.value && canShare) {
    items.unshift({
      label: t.screen,
      icon: <ScreenIcon />,
      run: () => void chat.startCall(['audio', 'screen']),
    });
  }
  return items;
}

/** A page of the shop is here, and somebody serves who could see it. */
function showable({ host, thread }: Chat): boolean {
  const state = thread.state.value;
  return state?.state === 'active' && !state.cobrowse && Boolean(host.page.value) && !host.alone;
}

async function showPage(chat: Chat): Promise<void> {
  try {
    (await chat.loadCobrowse()).sharing.wish();
  } catch {
    chat.reload(); // of another version, or cut off
  }
}
