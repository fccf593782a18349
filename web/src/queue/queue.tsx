/**
 * The part of the widget for those who wait: loaded when a conversation is in line, or has left it
 * without an answer. The one place of it that names globals; `queueing.ts` is given all of it.
 */
import type { VNode } from 'preact';
import type { Api } from '@/client/api.ts';
import { systemClock } from '@/client/clock.ts';
import type { Entry } from '@/client/entries.ts';
import { comingDay } from '@/i18n/coming.ts';
import type { Chat } from '@/widget/chat.ts';
import { QueuePanel } from './panel.tsx';
import { Queueing } from './queueing.ts';
import type { QueueWords } from './strings.en.ts';
import { slotText } from './times.ts';
import { queueWords } from './words.ts';

export interface QueuePart {
  panel: VNode;
  /** Says what an event tells the visitor; null: nothing. */
  notice: (entry: Entry) => string | null;
}

/** Give the chat this part, once; it lives as long as the frame. */
export async function joinQueue(chat: Chat, api: Api): Promise<void> {
  const words = await queueWords(chat.i18n.lang.value);
  chat.queue.value ??= createQueue(chat, api, words);
}

function createQueue(chat: Chat, api: Api, words: QueueWords): QueuePart {
  const { connection, host, i18n, place, thread } = chat;
  const queueing = new Queueing({
    connection,
    thread,
    api,
    place,
    keeping: host.tab,
    clock: systemClock,
  });
  const lang = i18n.lang.value;
  const { notice } = words;
  return {
    panel: <QueuePanel chat={chat} queueing={queueing} words={words} />,
    notice: ({ at, event }) => {
      if (event.kind === 'queue_left') {
        return event.reason === 'message' ? null : notice[event.reason]; // that, a line of its own says
      }
      if (event.kind !== 'queued') return null;
      const { callback_at, department } = event.queue;
      switch (event.reason) {
        case 'callback':
          return callback_at
            ? notice.callback(comingDay(callback_at, at, lang), slotText(callback_at, lang))
            : null;
        case 'overflow':
        case 'moved':
          return notice.moved(department.name);
        case 'rejoined':
          return notice.rejoined;
        default:
          return null; // the log tells of it otherwise
      }
    },
  };
}
