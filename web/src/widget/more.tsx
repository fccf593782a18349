/** The menu of the rarer things: sharing the screen, sound. */
import '@preact/signals'; // draws the menu again when a choice changes
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
