/** A colleague asks for advice: who, about whom, why; joined or declined by one press. */
import type { VNode } from 'preact';
import type { Consult, ConversationSummary } from '@/client/protocol.gen';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { NoteIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { personName, visitorName } from '../names';
import { joinConsult } from '../run';

interface ConsultCardProps {
  row: ConversationSummary;
  consult: Consult;
}

export function ConsultCard({ row, consult }: ConsultCardProps): VNode {
  const env = useEnv();
  const { desk, q, t } = env;
  const c = q.consult;
  const by = personName(consult.by, desk.id, null, t);
  return (
    <article class="offer" data-consult aria-label={c.title(by)}>
      <header class="offer-head">
        <Avatar id={consult.by.id} name={by} size={48} />
        <div class="offer-who">
          <h2>{c.title(by)}</h2>
          <p class="offer-sub">
            <span>{c.about(visitorName(row.visitor, t))}</span>
            {row.department && <span>{row.department.name}</span>}
          </p>
        </div>
      </header>
      {consult.note && (
        <p class="offer-note">
          <NoteIcon size={16} />
          <span>{consult.note}</span>
        </p>
      )}
      <p class="faint">{c.quiet}</p>
      <div class="offer-acts">
        <Button
          variant="primary"
          aria-label={c.joinOf(by)}
          onClick={() => void joinConsult(row.id, env)}
        >
          {c.join}
        </Button>
        <Button
          aria-label={c.declineOf(by)}
          onClick={() => void desk.act({ t: 'consult.end', conv: row.id })}
        >
          {c.decline}
        </Button>
      </div>
    </article>
  );
}
