/** Lets programs publish into the call that is on, or play it: by tokens that are shown once. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { ApiError } from '@/client/api';
import type { ConversationState } from '@/client/protocol.gen';
import { Dialog } from '@/ui/dialog';
import { useEnv } from '../env';
import { sentence } from '../words';
import './guests.css';
import { MadeToken } from './MadeToken';
import { NewToken } from './NewToken';
import { GUESTS } from './strings';
import { Tokens } from './Tokens';
import type { Guest, Made } from './wire';

export interface GuestsDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function GuestsDialog({ state, onClose }: GuestsDialogProps): VNode {
  const { desk, lang } = useEnv();
  const g = GUESTS[lang];
  const found = useSignal<readonly Guest[] | null>(null);
  const failure = useSignal<string | null>(null);
  const made = useSignal<Made | null>(null);
  const asked = useSignal(0);
  const call = state.call ?? null;
  const here = new Set(
    call?.members.filter(({ person }) => person.role === 'guest').map(({ person }) => person.id),
  );
  const present = [...here].join();
  const path = `/agent/conversations/${state.id}/guests`;

  useEffect(() => {
    if (!call) return;
    let gone = false;
    const load = async () => {
      try {
        const { guests } = await desk.cookieApi.get<{ guests: Guest[] }>(path);
        if (gone) return;
        found.value = guests;
        failure.value = null;
      } catch (problem) {
        if (!gone) failure.value = problem instanceof ApiError ? problem.code : 'other';
      }
    };
    void load();
    return () => {
      gone = true;
    };
    // Who comes and goes changes the list, as does what is made and taken back here.
  }, [call?.id, present, asked.value, desk, path]);

  const again = () => {
    asked.value += 1;
  };
  return (
    <Dialog title={g.title} closeLabel={g.close} class="dialog-wide" onClose={onClose}>
      {!call ? (
        <p role="status">{g.over}</p>
      ) : made.value ? (
        <MadeToken
          made={made.value}
          onAgain={() => {
            made.value = null;
          }}
        />
      ) : (
        <>
          <p>{g.lead}</p>
          {call.private && <p role="status">{g.private}</p>}
          <NewToken
            path={path}
            onMade={(fresh) => {
              made.value = fresh;
              again();
            }}
          />
        </>
      )}
      {call && (
        <Tokens
          guests={found.value}
          here={here}
          failure={failure.value && sentence(g.errors, failure.value)}
          onChange={again}
        />
      )}
    </Dialog>
  );
}
