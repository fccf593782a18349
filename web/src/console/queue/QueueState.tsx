/** How a conversation stands, in the head: served, closed, or where in which queue. */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { timeText } from '@/i18n';
import { useEnv } from '../env';
import { placesOf } from './places';

export function QueueState({ state }: { state: ConversationState }): VNode {
  const { desk, lang, q, screen, t } = useEnv();
  const { queue, left } = state;
  if (state.state !== 'waiting') return <>{t.states[state.state]}</>;
  if (left) return <>{q.list.left[left]}</>;
  if (!queue) return <>{state.offline ? t.list.offline : t.states.waiting}</>;
  const now = screen.now.value;
  const call = queue.callback_at ?? null;
  if (call !== null && call > now) return <>{q.head.callAt(timeText(call, lang))}</>;
  const place = placesOf(desk.inbox.items.value, now).get(state.id);
  const { name } = queue.department;
  return <>{place ? q.head.place(place, name) : `${t.states.waiting} · ${name}`}</>;
}
