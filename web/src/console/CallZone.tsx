/** The calls of the console above the timeline; one in another conversation has its way back. */
import type { VNode } from 'preact';
import { useCallback, useEffect } from 'preact/hooks';
import type { CallPanel } from '@/call';
import type { Person } from '@/client/protocol.gen';
import '@/timeline/callzone.css';
import { Button } from '@/ui/button';
import { WarningIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import { CallOn } from './CallOn';
import { type ActiveCall, useCalls } from './calls';
import { useEnv } from './env';
import { personName } from './names';
import { possible } from './possible';

export function CallZone(): VNode | null {
  const { desk, t } = useEnv();
  const calls = useCalls();
  const part = calls.module.value;
  return (
    <>
      {calls.phase.value === 'loading' && (
        <div class="banner" role="status">
          <Spinner />
          <p>{t.call.loading}</p>
        </div>
      )}
      {calls.phase.value === 'failed' && (
        <div class="banner" data-tone="danger" role="alert">
          <WarningIcon />
          <p>{t.call.failed}</p>
          <Button onClick={() => calls.retry()}>{t.call.retry}</Button>
        </div>
      )}
      <CallOn shown={desk.selected.value} />
      {part &&
        calls.clients.value.map((active) => (
          <Panel key={active.conv} active={active} Part={part.CallPanel} />
        ))}
    </>
  );
}

interface PanelProps {
  active: ActiveCall;
  Part: typeof CallPanel;
}

function Panel({ active, Part }: PanelProps): VNode | null {
  const { desk, lang, t, session } = useEnv();
  const { conv, client } = active;
  const call = client.call.value?.id;
  useEffect(() => {
    if (call) void session.refresh(); // calls may have become recordable since I signed in
  }, [session, call]);
  const mayRecord = session.recording.value;
  const nameOf = useCallback(
    (person: Person) => personName(person, desk.id, desk.row(conv)?.visitor ?? null, t),
    [desk, conv, t],
  );
  const state = desk.thread.value?.state.value ?? null;
  // A call is for whoever serves; who looks in joins by the strip that says who will hear them.
  const mine = state?.id === conv && possible('call', state, desk.id);
  const offered = client.phase.value === 'incoming' || client.phase.value === 'declined';
  if (!mine && offered && !client.refusal.value) return null;
  // Out of sight the panel still plays the sound of its call.
  return (
    <div class="call-zone" hidden={conv !== desk.selected.value} data-phase={client.phase.value}>
      <Part client={client} lang={lang} layout="wide" nameOf={nameOf} mayRecord={mayRecord} />
    </div>
  );
}
