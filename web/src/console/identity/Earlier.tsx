/** Earlier visits in which the same person proved who they are: on demand, because it is logged. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiError } from '@/client/api';
import type { ConversationState, ConversationSummary } from '@/client/protocol.gen';
import { dayText, fullText } from '@/i18n';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { visitorName } from '../names';
import { canRun, runAction } from '../run';
import { reasonText, sentence } from '../words';

type Look =
  | { at: 'idle' | 'loading' }
  | { at: 'shown'; visits: ConversationSummary[] }
  | { at: 'refused'; code: string };

export function Earlier({ state }: { state: ConversationState }): VNode {
  const env = useEnv();
  const { proofs, who } = env;
  const e = who.earlier;
  const look = useSignal<Look>({ at: 'idle' });
  const show = async () => {
    look.value = { at: 'loading' };
    try {
      const visits = await proofs.earlier(state.id);
      look.value = { at: 'shown', visits: visits.filter(({ id }) => id !== state.id) };
    } catch (problem) {
      const code = problem instanceof ApiError ? problem.code : 'other';
      look.value = { at: 'refused', code };
    }
  };
  const now = look.value;
  return (
    <div class="earlier">
      <h3 class="proof-sub">{e.title}</h3>
      <p class="faint">{e.lead}</p>
      {now.at === 'shown' ? (
        <Visits visits={now.visits} />
      ) : (
        <Button busy={now.at === 'loading'} onClick={() => void show()}>
          {e.show}
        </Button>
      )}
      <div role="status">
        {now.at === 'loading' && (
          <span class="hidden-text">
            <Spinner label={e.loading} />
          </span>
        )}
        {now.at === 'refused' && <p class="proof-trouble">{sentence(who.errors, now.code)}</p>}
        {now.at === 'shown' && now.visits.length === 0 && <p class="faint">{e.none}</p>}
      </div>
      {now.at === 'refused' && now.code === 'identity_needed' && canRun('identity', env) && (
        <Button onClick={() => runAction('identity', env)}>{who.ask.again}</Button>
      )}
    </div>
  );
}

function Visits({ visits }: { visits: readonly ConversationSummary[] }): VNode {
  const { desk, lang, screen, t, who } = useEnv();
  return (
    <ul class="visits">
      {visits.map((visit) => (
        <li key={visit.id}>
          <button type="button" class="visit" onClick={() => desk.select(visit.id)}>
            <time
              dateTime={new Date(visit.opened_at).toISOString()}
              title={fullText(visit.opened_at, lang)}
            >
              {dayText(visit.opened_at, screen.now.value, lang)}
            </time>
            <small class="faint">
              {`${visitorName(visit.visitor, t)}, `}
              {visit.state === 'closed'
                ? who.earlier.closed(reasonText(t.close.reasons, visit.closed_reason ?? ''))
                : who.earlier.going}
            </small>
          </button>
        </li>
      ))}
    </ul>
  );
}
