/** An agent's camera, microphone and connection, tried before anybody calls. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CallWords } from '@/call/strings.en';
import type { Capture } from '@/client/capture';
import type { Check, DoctorPanel } from '@/doctor';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Spinner } from '@/ui/spinner';
import { useEnv } from './env';

interface Loaded {
  Panel: typeof DoctorPanel;
  check: Check;
  capture: Capture;
  words: CallWords;
}

export function EquipmentDialog({ onClose }: { onClose: () => void }): VNode {
  const { desk, lang, t } = useEnv();
  const loaded = useSignal<Loaded | 'failed' | null>(null);
  const load = () => {
    loaded.value = null;
    let gone = false;
    Promise.all([import('@/call'), import('@/doctor')]).then(
      ([{ callWords, createCapture, iceOf }, { createCheck, DoctorPanel: Panel }]) => {
        if (gone) return;
        const capture = createCapture('staff');
        const check = createCheck({
          capture,
          ice: iceOf(() => desk.api.get('/ice')),
          post: (offers) => desk.api.post('/doctor/checks', { offers }),
        });
        loaded.value = { Panel, check, capture, words: callWords(lang) };
      },
      () => {
        loaded.value = 'failed';
      },
    );
    return () => {
      gone = true;
      const last = loaded.peek();
      if (last && typeof last === 'object') last.capture.release();
    };
  };
  useEffect(load, [desk, lang]);
  const part = loaded.value;
  return (
    <Dialog title={t.settings.equipment} closeLabel={t.dismiss} onClose={onClose}>
      {part === 'failed' ? (
        <p role="alert">
          {t.call.failed} <Button onClick={load}>{t.call.retry}</Button>
        </p>
      ) : part ? (
        <part.Panel check={part.check} words={part.words} {...{ lang, onClose }} headed />
      ) : (
        <Spinner label={t.call.loading} />
      )}
    </Dialog>
  );
}
