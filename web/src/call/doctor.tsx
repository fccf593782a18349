/** The way to the call doctor from a call's cards: offered, never in the way of a call. */
import { useEffect, useState } from 'preact/hooks';
import type { CallClient, Media } from '@/client/call.ts';
import type { Check, DoctorPanelProps, Mode } from '@/doctor/index.ts';
import { Button } from '@/ui/button.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { useCall } from './context.ts';

/** Nothing where the host gives no way to a check. */
export function DoctorLink() {
  const { client, words, onDoctor } = useCall();
  if (!client.checkup) return null;
  return (
    <button type="button" class="call-link" onClick={onDoctor}>
      {words.doctor.link}
    </button>
  );
}

interface Loaded {
  readonly check: Check;
  readonly Panel: (props: DoctorPanelProps) => preact.VNode;
}

/** The check in the place of the card that asked for it. */
export function Doctor({ onClose }: { onClose: () => void }) {
  const { client, lang, words } = useCall();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    const { checkup, capture } = client;
    if (!checkup) return;
    import('@/doctor/index.ts').then(
      ({ createCheck, DoctorPanel }) => {
        if (!gone) setLoaded({ check: createCheck({ capture, ...checkup }), Panel: DoctorPanel });
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
      // Also when another tab joined the call: nobody goes on here to use them.
      if (!client.joined.peek() && !client.intent.peek()) capture.release();
    };
  }, [client]);
  if (failed) {
    return (
      <div class="call-notice" role="alert">
        <p>{words.doctor.failed}</p>
        <Button onClick={onClose}>{words.doctor.back}</Button>
      </div>
    );
  }
  if (!loaded) return <Spinner label={words.doctor.link} />;
  const choose = (mode: Mode) => {
    onClose();
    goOn(client, mode);
  };
  const kinds = client.maySend.value ? (['audio', 'video'] as const) : [];
  return (
    <loaded.Panel
      {...{ lang, words, kinds }}
      check={loaded.check}
      onChoose={choose}
      onClose={onClose}
    />
  );
}

/** Goes on with what is best: to the look at the devices, or back to the chat. */
function goOn(client: CallClient, mode: Mode): void {
  const intent = client.intent.peek();
  if (mode === 'chat') {
    client.cancel();
    client.dismissEnded();
    return;
  }
  const screen: Media[] = intent?.media.includes('screen') ? ['screen'] : [];
  const media: Media[] = mode === 'video' ? ['audio', 'video', ...screen] : ['audio', ...screen];
  if (mode === 'voice') client.capture.close('camera');
  client.prepare({ action: 'start', ...intent, media });
}
