/**
 * The call's part in the life of the page: the screen stays awake, headset and lock-screen buttons
 * work, and what the system took while the page was away is taken anew on return (iPhones mute the
 * camera in the background, and let go of wake locks).
 */
import { effect } from '@preact/signals-core';
import { useEffect } from 'preact/hooks';
import type { CallClient } from '@/client/call.ts';

export function useAmbient(client: CallClient): void {
  const joined = client.joined.value;
  useEffect(() => (joined ? keepAwake() : undefined), [joined]);
  useEffect(() => (joined ? bindSession(client) : undefined), [joined, client]);
  useEffect(() => (joined ? returnToCall(client) : undefined), [joined, client]);
}

function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const take = async () => {
    if (document.visibilityState !== 'visible' || over) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (over) await lock.release();
    } catch {
      // Low battery, or a browser without it: the screen may dim, the call goes on.
    }
  };
  void take();
  document.addEventListener('visibilitychange', take);
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', take);
    void lock?.release();
  };
}

type CallAction = 'hangup' | 'togglemicrophone' | 'togglecamera';

/** Media Session (w3.org/TR/mediasession): buttons of headsets, lock screens and small windows. */
function bindSession(client: CallClient): () => void {
  const session = navigator.mediaSession as
    | (MediaSession & {
        setMicrophoneActive?: (on: boolean) => void;
        setCameraActive?: (on: boolean) => void;
      })
    | undefined;
  if (!session) return () => {};
  const set = (action: CallAction, run: (() => void) | null) => {
    try {
      session.setActionHandler(action as MediaSessionAction, run);
    } catch {
      // The browser does not know this action.
    }
  };
  set('hangup', () => void client.hangUp());
  set('togglemicrophone', () => void client.setMic(!client.micOn.value));
  set('togglecamera', () => void client.setCamera(!client.cameraOn.value));
  const stop = effect(() => {
    session.setMicrophoneActive?.(client.micOn.value);
    session.setCameraActive?.(client.cameraOn.value);
  });
  return () => {
    stop();
    for (const action of ['hangup', 'togglemicrophone', 'togglecamera'] as const) set(action, null);
  };
}

function returnToCall(client: CallClient): () => void {
  const seen = () => {
    if (document.visibilityState !== 'visible') return;
    client.wake();
    void client.capture.refresh();
  };
  const online = () => client.wake();
  const network = (navigator as Navigator & { connection?: EventTarget }).connection;
  document.addEventListener('visibilitychange', seen);
  window.addEventListener('online', online);
  network?.addEventListener('change', online);
  return () => {
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('online', online);
    network?.removeEventListener('change', online);
  };
}
