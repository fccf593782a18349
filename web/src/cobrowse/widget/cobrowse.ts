/**
 * The part of the widget that shows the shop's page to those who serve: loaded when somebody asks
 * to see it, when the shopper wants to show it, or when the page before did. The one place of it
 * that names globals; `sharing.ts` is given all of it.
 */
import { computed, effect } from '@preact/signals';
import type { Api } from '@/client/api.ts';
import { systemClock } from '@/client/clock.ts';
import type { Chat } from '@/widget/chat.ts';
import type { SiteRules } from '../bridge.ts';
import type { PagePort } from '../pagelink.ts';
import { Sharing } from '../sharing.ts';
import type { BinarySocket } from '../socket.ts';
import { coversPage } from './view.ts';
import { cobrowseWords } from './words.ts';

export { CobrowsePanel } from './panel.tsx';

const PART = 'page/cobrowse.js';

export interface CobrowseParts {
  chat: Chat;
  api: Api;
  /** Gives the session's token; `fresh` when the last one was refused. */
  token: (fresh: boolean) => Promise<string>;
}

/** Builds the sharing of this tab; it lives as long as the frame. */
export function createSharing({ chat, api, token }: CobrowseParts): Sharing {
  const { connection, host, i18n, thread } = chat;
  const lang = i18n.lang.value;
  const url = new URL('/ws/cobrowse', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const sharing = new Sharing({
    connection,
    thread,
    page: () => host.page.value,
    lang,
    keeping: host.tab,
    clock: systemClock,
    link: {
      open() {
        if (host.alone) return null;
        const { port1, port2 } = new MessageChannel();
        host.tell({ t: 'part', src: PART }, [port2]);
        return port1 as PagePort;
      },
      rules: async () => {
        await token(false); // the session is taken up once, for all that wait for it
        return api.get<SiteRules>('/cobrowse/rules');
      },
      words: cobrowseWords(lang).page,
      framed: window.parent !== window.top,
    },
    socket: {
      url: url.href,
      token,
      socket: (address) => new WebSocket(address) as BinarySocket,
    },
  });
  knock(chat, sharing);
  returnFromPreview(chat, sharing);
  const wake = () => sharing.wake();
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', wake);
  return sharing;
}

/** A question opens the panel and is heard once. */
function knock({ host, sound }: Chat, sharing: Sharing): void {
  const question = computed(() => {
    const id = sharing.cobrowse.value?.id;
    if (sharing.phase.value === 'asked') return `${id} view`;
    return sharing.control.asked.value ? `${id} control` : null;
  });
  effect(() => {
    if (!question.value) return;
    if (!host.open.peek()) host.tell({ t: 'open' });
    sound.play();
  });
}

/** Where the panel covers the page it was closed for the preview; the question comes back. */
function returnFromPreview({ host }: Chat, sharing: Sharing): void {
  let previewed = false;
  effect(() => {
    const preview = sharing.preview.value;
    const open = sharing.phase.value === 'asked' || sharing.phase.value === 'wished';
    if (previewed && !preview && open && coversPage()) host.tell({ t: 'open' });
    previewed = preview;
  });
}
