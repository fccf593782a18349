/** The strip of experts in the conversation: private or let in, and what the owner can do. */
import type { VNode } from 'preact';
import type { ConversationState, ExpertSeat } from '@/client/protocol.gen';
import { PrivateIcon } from '@/timeline/private-icon';
import { Button } from '@/ui/button';
import { PeopleIcon, PhoneIcon } from '@/ui/icons';
import { useCalls } from './calls';
import { useEnv } from './env';
import { possible } from './possible';

export function Experts({ state }: { state: ConversationState }): VNode | null {
  const seats = state.experts ?? [];
  if (seats.length === 0) return null;
  return (
    <>
      {seats.map((seat) => (
        <Seat key={seat.person.id} seat={seat} state={state} />
      ))}
    </>
  );
}

function Seat({ seat, state }: { seat: ExpertSeat; state: ConversationState }): VNode {
  const { desk, screen, t } = useEnv();
  const calls = useCalls();
  const name = seat.person.name || t.person.expert;
  const owner = possible('invite', state, desk.id);
  const consult = seat.status !== 'admitted';
  const { call } = state;
  const voice = seat.scope.includes('hear') || seat.scope.includes('speak');
  return (
    <section
      class="banner"
      data-tone={consult ? 'private' : 'info'}
      aria-label={consult ? t.expert.strip : t.person.expert}
    >
      {consult ? <PrivateIcon /> : <PeopleIcon />}
      <div class="banner-text">
        <b>{consult ? t.expert.consulting(name) : t.expert.admitted(name)}</b>
        {consult && <p>{t.expert.consultHint}</p>}
      </div>
      {owner && (
        <>
          {consult && voice && !call && (
            <Button
              icon={<PhoneIcon size={18} />}
              onClick={() =>
                void calls.prepare(state.id, { action: 'start', media: ['audio'], private: true })
              }
            >
              {t.call.private}
            </Button>
          )}
          {call?.private && (
            <Button
              onClick={() => void desk.act({ t: 'call.open', conv: state.id, call: call.id })}
            >
              {t.call.openToCustomer}
            </Button>
          )}
          {consult && (
            <Button
              variant="primary"
              aria-label={t.expert.admitOf(name)}
              onClick={() => {
                screen.dialog.value = { admit: seat.person };
              }}
            >
              {t.expert.admit}
            </Button>
          )}
          <Button
            aria-label={t.expert.removeOf(name)}
            onClick={() =>
              void desk.act({ t: 'expert.remove', conv: state.id, expert: seat.person.id })
            }
          >
            {t.expert.remove}
          </Button>
        </>
      )}
    </section>
  );
}
