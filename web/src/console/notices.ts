/** What an agent is told once, in their language, and what can be done about it at once. */
import type { Desk, Notice } from './desk';
import type { Words } from './env';
import { sentence } from './words';

export interface Told {
  text: string;
  action?: { label: string; run: () => void };
  /** It goes by itself although it offers something: the list offers the same. */
  passing?: boolean;
}

export function tell({ word, name = '', conv }: Notice, words: Words, desk: Desk): Told {
  const { console: t, identity, queue: q } = words;
  const go = (text: string, label: string): Told =>
    conv ? { text, action: { label, run: () => desk.select(conv) } } : { text };
  switch (word) {
    case 'handedBack':
      // One key is enough to hand back, so one press takes it back.
      return conv
        ? {
            text: t.conversation.handedBack,
            action: { label: t.conversation.acceptAgain, run: () => void desk.accept(conv) },
          }
        : { text: t.conversation.handedBack };
    case 'shows':
      return go(t.cobrowse.on, t.cobrowse.look);
    case 'proved':
      return go(identity.notice.proved, identity.notice.look);
    case 'warned':
      return { ...go(q.clock.warned(name), q.clock.open), passing: true };
    case 'declined':
      return { text: t.transfer.declined(name) };
    case 'unanswered':
      return { text: q.transfer.unanswered };
    case 'accepted':
      return { text: t.notice.accepted(name) };
    case 'asked':
      return { text: t.transfer.asked(name) };
    case 'consultDeclined':
      return { text: q.consult.declined(name) };
    case 'adviserJoined':
      return { text: q.consult.joined(name) };
    case 'takenOver':
      return { text: q.notice.takenOver(name) };
    case 'unconnected':
    case 'gone':
      return { text: q.notice[word] };
    default:
      return { text: q.refused[word] ?? sentence(t.refused, word) };
  }
}
