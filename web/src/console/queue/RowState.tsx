/** The last line of a row: whose it is, or where it waits and what it waits for. */
import type { VNode } from 'preact';
import type { ConversationSummary, QueueState } from '@/client/protocol.gen';
import { timeText } from '@/i18n';
import { PhoneIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { personName } from '../names';
import { offeredTo } from '../views';
import { reasonText } from '../words';
import { EarIcon } from './icons';
import { asksMe } from './watching';
import { needsText } from './words';

interface RowStateProps {
  row: ConversationSummary;
  /** From 1; null when it holds none. */
  place: number | null;
}

export function RowState({ row, place }: RowStateProps): VNode {
  const { desk, q, t } = useEnv();
  const { transfer, consult, queue } = row;
  const asking = asksMe(row, desk.id);
  if (offeredTo(row, desk.id) && transfer) {
    return <span class="row-offer">{t.list.offered(transfer.by.name ?? '')}</span>;
  }
  if (asking) return <span class="row-offer">{q.list.consult(asking.by.name ?? '')}</span>;
  if (transfer) {
    const to = transfer.to?.name ?? transfer.department?.name ?? '';
    return <span>{t.list.transferring(to)}</span>;
  }
  if (row.state === 'closed') {
    return <span>{t.list.closedAs(reasonText(t.close.reasons, row.closed_reason ?? ''))}</span>;
  }
  if (queue) return <Waits queue={queue} place={place} />;
  if (row.left) return <span class="row-offline">{q.list.left[row.left]}</span>;
  if (row.offline) return <span class="row-offline">{t.list.offline}</span>;
  if (!row.assignee) return <span>{row.page?.title || t.list.nobody}</span>;
  if (consult) return <span>{q.list.asked(consult.to.name ?? '')}</span>;
  return (
    <span>
      {personName(row.assignee, desk.id, null, t)}
      {row.department && ` · ${row.department.name}`}
      {(row.observers ?? []).length > 0 && (
        <span class="row-watched" title={q.list.watched}>
          <EarIcon size={14} />
          <span class="hidden-text">{q.list.watched}</span>
        </span>
      )}
    </span>
  );
}

function Waits({ queue, place }: { queue: QueueState; place: number | null }): VNode {
  const { lang, q, screen } = useEnv();
  const needs = needsText(queue.needs ?? []);
  const { name } = queue.department;
  const call = queue.callback_at ?? null;
  return (
    <span>
      {place !== null && (
        <>
          <b class="row-place" aria-hidden="true">
            {q.list.place(place)}
          </b>
          <span class="hidden-text">{q.list.placeLabel(place, name)}</span>
        </>
      )}
      <span aria-hidden={place !== null || undefined}>{name}</span>
      {call !== null && (
        <b class="row-call">
          <PhoneIcon size={12} />
          {call > screen.now.value ? q.list.callAt(timeText(call, lang)) : q.list.callNow}
        </b>
      )}
      {needs && ` · ${needs}`}
    </span>
  );
}
