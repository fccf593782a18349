/** The banner that says when there is no connection, and what to do. Quiet for short gaps. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { CLOSE_VERSION } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { WarningIcon } from '@/ui/icons';
import { useEnv } from './env';

const PATIENCE = 1500; // ms; most gaps heal sooner, and a banner that flickers teaches to ignore it

export function Connectivity(): VNode | null {
  const { desk, t } = useEnv();
  const state = desk.connection.state.value;
  const long = useSignal(false);
  useEffect(() => {
    long.value = false;
    if (state === 'online' || state === 'idle') return;
    const timer = setTimeout(() => {
      long.value = true;
    }, PATIENCE);
    return () => clearTimeout(timer);
  }, [state, long]);
  if (state === 'refused') {
    const version = desk.connection.refusal.value === CLOSE_VERSION;
    return (
      <div class="banner" data-tone="danger" role="alert">
        <WarningIcon />
        <p>{version ? t.connection.version : t.connection.refused}</p>
        <Button onClick={() => location.reload()}>{t.connection.reload}</Button>
      </div>
    );
  }
  if (!long.value || (state !== 'offline' && state !== 'connecting')) return null;
  return (
    <div class="banner" data-tone="warn" role="status">
      <WarningIcon />
      <p>{state === 'offline' ? t.connection.offline : t.connection.connecting}</p>
      {state === 'offline' && (
        <Button onClick={() => desk.connection.wake()}>{t.connection.retry}</Button>
      )}
    </div>
  );
}
