/** What the log says of calls, experts, pages, the line and proofs: fetched when there is one. */
import type { Entry } from '@/client/entries.ts';
import { clockText } from '@/i18n/dates.ts';
import type { Chat } from './chat.ts';
import { words } from './notices.words.ts';

/** Returns what an event tells the visitor; null: nothing. */
export function rareNotice(chat: Chat, entry: Entry): string | null {
  const t = words[chat.i18n.lang.value];
  const { event } = entry;
  switch (event.kind) {
    case 'expert_admitted':
      return t.expertIn(event.expert.name ?? '');
    case 'expert_left':
      return t.expertOut(event.expert.name ?? '');
    case 'call_ended':
      return {
        hangup: t.callEnded(clockText(event.seconds ?? 0)),
        closed: t.callEnded(clockText(event.seconds ?? 0)),
        unanswered: t.callUnanswered,
        declined: t.callDeclined,
        lost: t.callLost,
      }[event.reason];
    case 'cobrowse_started':
      return t.pageShown;
    case 'cobrowse_declined':
      return t.pageDeclined;
    case 'cobrowse_ended':
      return t.pageEnded(clockText(event.seconds ?? 0));
    case 'queued':
    case 'queue_left':
      void chat.loadQueue().catch(() => {});
      return chat.queue.value?.notice(entry) ?? null;
    default: // it brings its own words
      void chat.loadIdentity().catch(() => {});
      return chat.identity.value?.notice(entry) ?? null;
  }
}
