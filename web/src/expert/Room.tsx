/**
 * The expert in the conversation: first in private with the agent, then, let in, with everybody.
 * Which of the two it is stands at the top and in the colour of the composer at all times.
 */
import { effect, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import type { CallClient, IceAnswer } from '@/call';
import { Connection } from '@/client/connection';
import type { ConversationState, Person } from '@/client/protocol.gen';
import { applyEvent } from '@/client/reduce';
import { Thread } from '@/client/thread';
import type { I18n } from '@/i18n';
import { PrivateIcon } from '@/timeline/private-icon';
import { Timeline } from '@/timeline/Timeline';
import '@/timeline/callzone.css';
import '@/viewing/place.css';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { HangUpIcon, PeopleIcon, VerifiedIcon, WarningIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import { Toasts, toast } from '@/ui/toast';
import { ShowingBanner, ShowingZone, useShowing } from './Showing';
import type { ExpertSession, Seat } from './session';
import { Writing } from './Writing';
import type { Words } from './words';

type CallModule = typeof import('@/call');

/** How the customer came to be verified is between them and the shop. */
const HIDDEN: ReadonlySet<string> = new Set([
  'identity_asked',
  'identity_opened',
  'identity_failed',
  'identity_confirmed',
  'identity_ended',
]);

interface RoomProps {
  session: ExpertSession;
  seat: Seat;
  words: I18n<Words>;
}

export function Room({ session, seat, words }: RoomProps): VNode {
  const t = words.t.value.expert;
  const { connection, thread } = useMemo(() => open(session, seat), [session, seat]);
  const leaving = useSignal(false);
  useEnd(session, seat, connection, thread);
  const call = useCall(session, connection, thread);
  const state = thread.state.value;
  const own = state?.experts?.find(({ person }) => person.id === seat.you.id);
  const admitted = own?.status === 'admitted';
  const showing = useShowing(session, thread, admitted && seat.scope.includes('cobrowse'));
  const looks = showing.view !== null;
  const nameOf = useCallback(
    (person: Person) => nameFor(person, seat.you.id, words.t.value.expert),
    [seat, words.t.value],
  );
  const leave = () => {
    connection
      .send({ t: 'expert.remove', conv: seat.conversation, expert: seat.you.id })
      .then(() => session.over('left'))
      .catch(() => toast(t.failed));
  };
  return (
    <main class="room" data-view={looks || undefined}>
      <header class="room-head" data-private={!admitted || undefined}>
        {admitted ? <PeopleIcon /> : <PrivateIcon />}
        <div class="room-who">
          <h1>{admitted ? t.admitted : privateWith(state, words)}</h1>
          <p>
            {state?.identity && (
              <b class="room-verified">
                <VerifiedIcon size={14} />
                {t.verified}
              </b>
            )}
            {admitted ? t.admittedHint : t.consultHint}
          </p>
        </div>
        <Button
          icon={<HangUpIcon size={18} />}
          onClick={() => {
            leaving.value = true;
          }}
        >
          {t.leave}
        </Button>
      </header>
      {connection.state.value === 'offline' && (
        <p class="room-offline" role="status">
          <WarningIcon size={18} />
          {t.offline}
        </p>
      )}
      <div class="stage" data-view={looks ? (showing.large.value ? 'large' : 'small') : undefined}>
        <ShowingZone
          showing={showing}
          thread={thread}
          connection={connection}
          words={words}
          conv={seat.conversation}
          me={seat.you.id}
          nameOf={nameOf}
        />
        <div class="talk">
          <ShowingBanner showing={showing} words={words} />
          {call && (
            <div class="call-zone" data-phase={call.client.phase.value}>
              <call.module.CallPanel
                client={call.client}
                lang={words.lang.value}
                layout="wide"
                nameOf={nameOf}
              />
            </div>
          )}
          {state ? (
            <>
              {!admitted && thread.entries.value.every(({ event }) => event.kind !== 'message') && (
                <p class="room-empty">{t.empty}</p>
              )}
              <Timeline
                thread={thread}
                t={words.t.value.timeline}
                lang={words.lang.value}
                nameOf={nameOf}
                reasonOf={() => ''}
                reads
                seenUpTo={null}
                hidden={HIDDEN}
              />
              <Writing
                thread={thread}
                api={session.api}
                words={words}
                conv={seat.conversation}
                open={admitted && seat.scope.includes('chat')}
                silent={admitted && !seat.scope.includes('chat')}
              />
            </>
          ) : (
            <div class="room-wait">
              <Spinner label={t.joining} />
            </div>
          )}
        </div>
      </div>
      {leaving.value && (
        <Dialog
          title={t.leaveTitle}
          closeLabel={t.cancel}
          onClose={() => {
            leaving.value = false;
          }}
        >
          <p>{t.leaveText}</p>
          <div class="dialog-actions">
            <Button
              onClick={() => {
                leaving.value = false;
              }}
            >
              {t.stay}
            </Button>
            <Button variant="primary" onClick={leave}>
              {t.leave}
            </Button>
          </div>
        </Dialog>
      )}
      <Toasts closeLabel={t.cancel} />
    </main>
  );
}

function open(session: ExpertSession, seat: Seat): { connection: Connection; thread: Thread } {
  const address = new URL('/ws', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const connection = new Connection({
    url: address.href,
    token: (fresh) => session.token(fresh),
  });
  const { api } = session;
  const thread = new Thread({
    connection,
    api,
    side: 'expert',
    fold: applyEvent,
    conv: seat.conversation,
  });
  return { connection, thread };
}

/** Ends the page when the seat ends, by whatever is heard first. */
function useEnd(session: ExpertSession, seat: Seat, connection: Connection, thread: Thread): void {
  useEffect(() => {
    connection.start();
    const ends = [
      connection.frame((frame) => {
        if (frame.t !== 'event' || frame.event.kind !== 'expert_left') return;
        if (frame.event.expert.id === seat.you.id) session.over(frame.event.reason ?? 'left');
      }),
      effect(() => {
        if (thread.gone.value !== null) void session.refused();
      }),
      effect(() => {
        if (connection.state.value === 'refused') void session.refused();
      }),
    ];
    const wake = () => connection.wake();
    window.addEventListener('online', wake);
    return () => {
      window.removeEventListener('online', wake);
      for (const end of ends) end();
      thread.close();
      connection.stop();
    };
  }, [session, seat, connection, thread]);
}

/** The call part, from the first call on. */
function useCall(
  session: ExpertSession,
  connection: Connection,
  thread: Thread,
): { module: CallModule; client: CallClient } | null {
  const call = useSignal<{ module: CallModule; client: CallClient } | null>(null);
  const on = thread.state.value?.call != null;
  useEffect(() => {
    if (!on || call.peek()) return;
    let gone = false;
    import('@/call')
      .then((module) => {
        if (gone) return;
        const ice = () => session.api.get<IceAnswer>('/ice');
        const client = module.createCall({
          api: session.api,
          connection,
          thread,
          ice,
          role: 'expert',
        });
        call.value = { module, client };
      })
      .catch(() => {}); // the chat goes on; the next call tries again
    return () => {
      gone = true;
    };
  }, [on, session, connection, thread, call]);
  useEffect(() => () => call.peek()?.client.dispose(), [call]);
  return call.value;
}

function privateWith(state: ConversationState | null, words: I18n<Words>): string {
  const t = words.t.value.expert;
  const name = state?.assignee?.name;
  return name ? t.consult(name) : t.consultAnon;
}

function nameFor(person: Person, me: string, t: Words['expert']): string {
  if (person.id === me) return t.you;
  if (person.name) return person.name;
  if (person.role === 'visitor') return t.customer;
  if (person.role === 'system') return t.system;
  return person.role === 'expert' ? t.expert : t.agent;
}
