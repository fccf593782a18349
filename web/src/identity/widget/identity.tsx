/**
 * The part of the widget by which a visitor proves who they are: loaded when somebody asks them
 * to, and wherever the conversation tells of it. The one place of it that names globals;
 * `verifying.ts` is given all of it.
 */
import { computed, effect } from '@preact/signals';
import type { VNode } from 'preact';
import type { Api } from '@/client/api.ts';
import { systemClock } from '@/client/clock.ts';
import type { Entry } from '@/client/entries.ts';
import { timeText } from '@/i18n/dates.ts';
import type { Chat } from '@/widget/chat.ts';
import { browserBank } from '../bank.ts';
import { Verifying } from '../verifying.ts';
import { LockIcon } from './icons.tsx';
import { IdentityPanel } from './panel.tsx';
import { identityWords } from './words.ts';

const PANEL = 400; // pixels of its width beside a page (`loader/style.ts`)

export interface IdentityPart {
  panel: VNode;
  /** Stands by a message that experts do not see. */
  lock: VNode;
  /** Says what an event tells the visitor; null: nothing. */
  notice: (entry: Entry) => string | null;
}

/** Builds the part for this tab; it lives as long as the frame. */
export function createIdentity(chat: Chat, api: Api): IdentityPart {
  const { connection, host, i18n, thread } = chat;
  const lang = i18n.lang.value;
  const words = identityWords(lang);
  const verifying = new Verifying({
    connection,
    api,
    thread,
    bank: browserBank,
    keeping: host.tab,
    clock: systemClock,
    lang,
    phone: onPhone,
    busy: () => {
      const { call, cobrowse } = thread.state.peek() ?? {};
      return Boolean(call || cobrowse);
    },
    address: () => (host.alone ? null : host.address),
    seen: () => !document.hidden,
  });
  knock(chat, verifying);
  return {
    panel: <IdentityPanel chat={chat} verifying={verifying} phone={onPhone()} />,
    lock: (
      <span class="identity-lock">
        <LockIcon size={14} />
        {words.confidential}
      </span>
    ),
    notice: ({ event, by }) => {
      switch (event.kind) {
        case 'identity_asked':
          return words.notice.asked(by.name || i18n.t.value.service);
        case 'identity_verified': {
          const { at, verification } = event.proof;
          return words.notice.verified(timeText(at, lang), verifying.labelOf(verification));
        }
        case 'identity_ended':
          return event.reason === 'closed' ? null : words.notice[event.reason];
        default:
          return null;
      }
    },
  };
}

/** Fingers, or a panel that fills the screen: people are used to one page at a time there. */
function onPhone(): boolean {
  const alone = window.parent === window;
  return matchMedia('(pointer: coarse)').matches || (!alone && innerWidth !== PANEL);
}

/** A request opens the panel and is heard once. */
function knock({ host, sound }: Chat, verifying: Verifying): void {
  const asked = computed(() => verifying.request.value?.id ?? null);
  let before: string | null = host.tab.recall<string>('asked');
  effect(() => {
    const id = asked.value;
    if (!id || id === before) return;
    before = id;
    host.tab.keep('asked', id); // the shop's next page does not ask anew
    if (!host.open.peek()) host.tell({ t: 'open' });
    sound.play();
  });
}
