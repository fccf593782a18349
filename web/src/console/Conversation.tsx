/** The third zone: the open conversation, from its header to the composer. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Entry } from '@/client/entries';
import type { ConversationState, Person } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { Timeline } from '@/timeline/Timeline';
import '@/viewing/place.css';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { CallZone } from './CallZone';
import { Cards } from './Cards';
import { Empty } from './Empty';
import { Experts } from './Experts';
import { useEnv } from './env';
import { Header } from './Header';
import { ProofLine } from './identity/Badge';
import { ChangedBanner } from './identity/Changed';
import { IdentityStrip } from './identity/Strip';
import './identity/identity.css';
import { keyOf, showKey } from './keys';
import { personName } from './names';
import { isMac } from './platform';
import { AskedConsult } from './queue/AskedConsult';
import { TakeNext } from './queue/Next';
import { Watchers } from './queue/Watchers';
import { Reply } from './Reply';
import { CallQuality } from './report/CallQuality';
import { runAction } from './run';
import { ShowingBanner, ShowingZone } from './ShowingZone';
import { reasonText } from './words';

export function Conversation(): VNode {
  const { desk, showing, t } = useEnv();
  const thread = desk.thread.value;
  const state = thread?.state.value ?? null;
  const looks = showing.active.value !== null;
  return (
    <>
      {thread && state && !thread.gone.value && (
        <>
          <Header state={state} />
          <ProofLine state={state} />
        </>
      )}
      <div class="stage" data-view={looks ? (showing.large.value ? 'large' : 'small') : undefined}>
        {thread && state && looks && <ShowingZone thread={thread} state={state} />}
        <div class="talk">
          <CallZone />
          {!thread ? (
            <NothingChosen />
          ) : thread.gone.value ? (
            <Empty title={t.empty.goneTitle} text={t.empty.goneText}>
              <Button onClick={() => desk.select(null)}>{t.conversation.back}</Button>
            </Empty>
          ) : state ? (
            <Open key={state.id} thread={thread} state={state} />
          ) : (
            <div class="page-center">
              <Spinner label={t.conversation.loading} />
            </div>
          )}
        </div>
      </div>
    </>
  );
}

function Open({ thread, state }: { thread: Thread; state: ConversationState }): VNode {
  const { desk, lang, line, screen, t } = useEnv();
  const mine = state.assignee?.id === desk.id && state.state !== 'closed';
  // Where news began when the conversation was opened: fixed, so that the marker does not run away.
  const seenUpTo = useSignal(state.reads?.staff ?? null);
  useEffect(() => {
    // Served conversations are opened to be answered; on a phone the keyboard would cover them.
    if (mine && matchMedia('(min-width: 768px)').matches) screen.composer.current?.focus();
  }, [mine, screen]);
  const nameOf = (person: Person) => personName(person, desk.id, state.visitor, t);
  const report = ({ event }: Entry) => {
    if (event.kind !== 'call_ended') return null;
    const named = ({ id, role }: Pick<Person, 'id' | 'role'>) => {
      const known = thread.entries.value.find(({ by }) => by.id === id)?.by;
      return nameOf(known ?? { id, role });
    };
    return <CallQuality conv={state.id} call={event.call} nameOf={named} />;
  };
  return (
    <>
      <ChangedBanner state={state} />
      <Cards state={state} />
      <IdentityStrip thread={thread} state={state} />
      <ShowingBanner thread={thread} state={state} />
      <AskedConsult thread={thread} state={state} />
      <Watchers state={state} />
      <Experts state={state} />
      <Timeline
        thread={thread}
        t={line}
        lang={lang}
        nameOf={nameOf}
        reasonOf={(reason) => reasonText(t.close.reasons, reason)}
        reads={mine}
        seenUpTo={seenUpTo.value}
        {...(desk.me.agent.role === 'supervisor' ? { under: report } : {})}
      />
      <Reply thread={thread} state={state} />
    </>
  );
}

function NothingChosen(): VNode {
  const env = useEnv();
  const { desk, prefs, standing, t } = env;
  const keys = prefs.keys.value;
  // Whom one may take is the server's to say, as soon as it has said anything.
  const waiting = desk.counts.value.waiting > 0 && standing.frame.value === null;
  const hints = (['next', 'help', 'commands'] as const).filter((action) => keyOf(action, keys));
  return (
    <Empty title={t.empty.chooseTitle} text={t.empty.chooseText}>
      <TakeNext />
      {waiting && (
        <Button variant="primary" onClick={() => runAction('accept', env)}>
          {t.empty.chooseAccept}
        </Button>
      )}
      <dl class="hints">
        {hints.map((action) => (
          <div key={action}>
            <dt>
              <kbd>{showKey(keyOf(action, keys), isMac)}</kbd>
            </dt>
            <dd>{t.keys.actions[action]}</dd>
          </div>
        ))}
      </dl>
    </Empty>
  );
}
