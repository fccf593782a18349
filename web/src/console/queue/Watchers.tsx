/**
 * Who of the staff looks in, shown to all staff: a supervisor who listens, a colleague who advises.
 * Whoever serves hands over or lets go; whoever looks in joins the call, or leaves.
 */
import type { VNode } from 'preact';
import type { Media } from '@/call';
import type { ConversationState, Observer } from '@/client/protocol.gen';
import { PrivateIcon } from '@/timeline/private-icon';
import { Button } from '@/ui/button';
import { PeopleIcon, PhoneIcon } from '@/ui/icons';
import { useCalls } from '../calls';
import { useEnv } from '../env';
import { SupervisorBar } from '../floor/SupervisorBar';
import { personName } from '../names';
import { possible } from '../possible';
import { EarIcon } from './icons';
import { ownPart } from './watching';

export function Watchers({ state }: { state: ConversationState }): VNode | null {
  const { desk, q } = useEnv();
  const observers = state.observers ?? [];
  if (observers.length === 0) return null;
  const own = ownPart(state, desk.id);
  return (
    <section class="watchers" aria-label={q.observe.strip}>
      {own?.consult && <Own own={own} state={state} />}
      {own && !own.consult && <SupervisorBar part={own.part} state={state} />}
      {observers
        .filter(({ person }) => person.id !== desk.id)
        .map((observer) => (
          <Other key={observer.person.id} observer={observer} state={state} />
        ))}
    </section>
  );
}

const SENDS: Record<Observer['part'], Media[]> = {
  listen: [],
  whisper: ['audio'],
  barge: ['audio'],
};

/** I advise a colleague. */
function Own({ own, state }: { own: Observer; state: ConversationState }): VNode {
  const { desk, q } = useEnv();
  const calls = useCalls();
  const o = q.observe;
  const conv = state.id;
  const inCall = state.call?.members.some(({ person }) => person.id === desk.id) ?? false;
  const join = { listen: o.listenIn, whisper: o.join, barge: o.joinOpen }[own.part];
  return (
    <div class="banner" data-tone={own.part === 'barge' ? 'accent' : 'private'} role="status">
      {own.part === 'barge' ? <PeopleIcon /> : <PrivateIcon />}
      <p>{o.you[own.part]}</p>
      {state.call && !inCall && (
        <Button
          variant="primary"
          icon={<PhoneIcon size={18} />}
          onClick={() => void calls.join(conv, SENDS[own.part])}
        >
          {join}
        </Button>
      )}
      <Button onClick={() => void desk.act({ t: 'observe.stop', conv })}>{o.leave}</Button>
    </div>
  );
}

function Other({ observer, state }: { observer: Observer; state: ConversationState }): VNode {
  const { desk, q, t } = useEnv();
  const { person, part, consult } = observer;
  const name = personName(person, desk.id, state.visitor, t);
  const c = q.consult;
  const conv = state.id;
  const mine = possible('reply', state, desk.id);
  const open = part === 'barge';
  return (
    <div class="banner" data-tone={open ? 'info' : 'private'} role="status">
      {open ? <PeopleIcon /> : <EarIcon />}
      <div class="banner-text">
        <b>{consult ? c.advises(name) : q.observe[part](name)}</b>
        {!open && (
          <p class={consult && mine ? 'watch-hint' : ''}>
            {consult && mine ? c.advisesHint : q.observe.hidden}
          </p>
        )}
      </div>
      {mine && consult && !state.transfer && (
        <Button
          variant="primary"
          onClick={() => void desk.act({ t: 'transfer.request', conv, to: person.id })}
        >
          {c.handOver(name)}
        </Button>
      )}
      {mine && consult && (
        <Button
          aria-label={c.letGoOf(name)}
          onClick={() => void desk.act({ t: 'observe.stop', conv, person: person.id })}
        >
          {c.letGo}
        </Button>
      )}
    </div>
  );
}
