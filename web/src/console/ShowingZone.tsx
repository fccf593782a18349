/** The customer's page above the timeline, and before it the way there. */
import type { VNode } from 'preact';
import { useCallback } from 'preact/hooks';
import type { ConversationState, Person } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { Button } from '@/ui/button';
import { PageIcon, WarningIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import { declinedAt } from './asked';
import { useEnv } from './env';
import { personName } from './names';
import { shown } from './showing';

const DECLINED_SHOWN = 30_000; // ms; the timeline keeps it

interface ShowingProps {
  thread: Thread;
  state: ConversationState;
}

export function ShowingZone({ thread, state }: ShowingProps): VNode | null {
  const { desk, lang, prefs, showing, t } = useEnv();
  const active = showing.active.value;
  const part = showing.module.value;
  const cobrowse = shown(state);
  const nameOf = useCallback(
    (person: Person) => personName(person, desk.id, state.visitor, t),
    [desk, state.visitor, t],
  );
  const now = useCallback(() => desk.connection.now(), [desk]);
  if (!part || !cobrowse || active?.client.cobrowse !== cobrowse.id) return null;
  const serves = state.assignee?.id === desk.id || desk.me.agent.role === 'supervisor';
  return (
    <div class="viewing-place">
      <part.ViewZone
        key={cobrowse.id}
        client={active.client}
        conv={state.id}
        cobrowse={cobrowse}
        entries={thread.entries.value}
        me={desk.id}
        lang={lang}
        nameOf={nameOf}
        now={now}
        serves={serves}
        keys={prefs.keys.value.single}
        large={showing.large}
        act={(command) => desk.act(command)}
        onLeave={() => showing.leave()}
      />
    </div>
  );
}

/** What there is to say about it while it is not looked at. */
export function ShowingBanner({ thread, state }: ShowingProps): VNode | null {
  const { desk, screen, showing, t } = useEnv();
  const c = t.cobrowse;
  const cobrowse = state.cobrowse ?? null;
  if (!cobrowse) {
    const at = declinedAt(thread.entries.value);
    if (at === null || screen.now.value - at > DECLINED_SHOWN) return null;
    return (
      <div class="banner" data-tone="info" role="status">
        <PageIcon />
        <p>{c.declined}</p>
      </div>
    );
  }
  if (cobrowse.state === 'asked') {
    const own = cobrowse.by.id === desk.id;
    return (
      <div class="banner" data-tone="info" role="status">
        <PageIcon />
        <p>{own ? c.asked : c.askedBy(personName(cobrowse.by, desk.id, state.visitor, t))}</p>
        {(own || state.assignee?.id === desk.id) && (
          <Button
            onClick={() =>
              void desk.act({ t: 'cobrowse.end', conv: state.id, cobrowse: cobrowse.id })
            }
          >
            {c.takeBack}
          </Button>
        )}
      </div>
    );
  }
  if (showing.active.value?.client.cobrowse === cobrowse.id) return null;
  if (showing.phase.value === 'failed') {
    return (
      <div class="banner" data-tone="danger" role="alert">
        <WarningIcon />
        <p>{c.failed}</p>
        <Button onClick={() => showing.retry()}>{c.retry}</Button>
      </div>
    );
  }
  if (showing.phase.value === 'loading') {
    return (
      <div class="banner" role="status">
        <Spinner />
        <p>{c.loading}</p>
      </div>
    );
  }
  return (
    <div class="banner" data-tone="accent" role="status">
      <PageIcon />
      <p>{c.on}</p>
      <Button onClick={() => void showing.see()}>{c.look}</Button>
    </div>
  );
}
