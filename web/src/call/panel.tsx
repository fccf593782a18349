/** The whole call, whatever its phase: offered, prepared, ringing, on, in another tab, over. */
import '@preact/signals'; // components render again when the client's signals change
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CallClient, CallPhase, Media } from '@/client/call.ts';
import type { Person } from '@/client/protocol.gen.ts';
import type { Lang } from '@/i18n/index.ts';
import { PhoneIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { useAmbient } from './ambient.ts';
import { Announcer } from './announcer.tsx';
import './call.css';
import { Consent, Elsewhere, EndedCard, Ongoing } from './cards.tsx';
import { CallContext, type CallLayout, type CallView, useCall } from './context.ts';
import { Controls } from './controls.tsx';
import { DeviceCheck } from './devicecheck.tsx';
import { Doctor, DoctorLink } from './doctor.tsx';
import { AskedNotice, PausedNotice, RefusalNotice, TroubleNotice } from './notices.tsx';
import { callWords } from './part.ts';
import { RecordingLine, RecordingQuestion } from './recording.tsx';
import { Sound } from './sound.tsx';
import { Stage } from './stage.tsx';

export interface CallPanelProps {
  client: CallClient;
  lang: Lang;
  layout: CallLayout;
  /** How a person is shown; by default their name, or "Customer" for a nameless visitor. */
  nameOf?: (person: Person) => string;
  /** Opens the call in a window of its own; without it there is no such button. */
  onPopOut?: () => void;
  /** Hides the card of a call that is offered, where the host shows its own. */
  hideOffer?: boolean;
  /** The shop lets its staff record calls. */
  mayRecord?: boolean;
}

export function CallPanel({
  client,
  lang,
  layout,
  nameOf,
  onPopOut,
  hideOffer,
  mayRecord = false,
}: CallPanelProps) {
  const words = callWords(lang);
  const [doctor, setDoctor] = useState(false);
  const view = useMemo<CallView>(() => {
    const fallback = (person: Person) => person.name || words.visitor;
    const onDoctor = () => setDoctor(true);
    return { client, words, lang, layout, nameOf: nameOf ?? fallback, mayRecord, onDoctor };
  }, [client, words, lang, layout, nameOf, mayRecord]);
  useAmbient(client);
  return (
    <CallContext.Provider value={view}>
      <PanelBody
        onPopOut={onPopOut}
        hideOffer={hideOffer ?? false}
        doctor={doctor}
        onDoctorClosed={() => setDoctor(false)}
      />
    </CallContext.Provider>
  );
}

interface PanelBodyProps {
  onPopOut: (() => void) | undefined;
  hideOffer: boolean;
  doctor: boolean;
  onDoctorClosed: () => void;
}

/** Where the doctor may stand in the place of a card: never in the place of a call. */
const CARDS: ReadonlySet<CallPhase> = new Set(['preparing', 'ended', 'incoming']);

function PanelBody({ onPopOut, hideOffer, doctor, onDoctorClosed }: PanelBodyProps) {
  const { client, words, layout } = useCall();
  const phase = client.phase.value;
  useEffect(() => {
    // A call that began meanwhile has the place; its end must not bring the doctor back.
    if (doctor && !CARDS.has(phase)) onDoctorClosed();
  }, [doctor, phase]);
  const stands = !client.refusal.value && phase === 'idle';
  if (stands || (phase === 'incoming' && hideOffer)) return null;
  return (
    <section class={`call call-${layout}`} aria-label={words.region} data-phase={phase}>
      <RefusalNotice />
      {doctor && CARDS.has(phase) ? (
        <Doctor onClose={onDoctorClosed} />
      ) : (
        <Body onPopOut={onPopOut} />
      )}
      <Announcer />
    </section>
  );
}

function Body({ onPopOut }: { onPopOut: (() => void) | undefined }) {
  const { client } = useCall();
  switch (client.phase.value) {
    case 'idle':
      return null;
    case 'preparing':
      return <Preparing />;
    case 'incoming':
      return <Consent />;
    case 'declined':
      return <Ongoing />;
    case 'elsewhere':
      return <Elsewhere />;
    case 'ended':
      return <EndedCard />;
    default:
      return <OnCall onPopOut={onPopOut} />;
  }
}

function Preparing() {
  const { client, words } = useCall();
  const intent = client.intent.value;
  if (!intent) return null;
  const ready = (media: Media[]) => void client.proceed(media);
  return (
    <DeviceCheck
      capture={client.capture}
      words={words}
      maySend={client.maySend.value}
      title={intent.action === 'start' ? words.check.startTitle : words.check.joinTitle}
      media={intent.media}
      action={intent.action === 'start' ? words.check.start : words.check.join}
      onReady={ready}
      onCancel={() => client.cancel()}
    >
      <DoctorLink />
    </DeviceCheck>
  );
}

function OnCall({ onPopOut }: { onPopOut: (() => void) | undefined }) {
  const stage = useRef<HTMLDivElement>(null);
  const { client, words } = useCall();
  return (
    <>
      <RecordingLine />
      <div class="call-top">
        <StatusLine />
        <Stage stageRef={stage} />
        {client.onHold.value && (
          <div class="call-hold">
            <PhoneIcon size={28} />
            <p role="status">{words.status.onHold}</p>
          </div>
        )}
      </div>
      <Sound />
      <RecordingQuestion />
      <AskedNotice />
      <PausedNotice />
      <TroubleNotice />
      <Controls stage={stage} onPopOut={onPopOut} />
    </>
  );
}

/** One line over the stage while something is waited for. */
function StatusLine() {
  const { client, words, nameOf } = useCall();
  const phase = client.phase.value;
  const call = client.call.value;
  if (phase === 'live' && client.others.value.length > 0) {
    return client.screenOn.value ? <p class="call-status">{words.status.youShare}</p> : null;
  }
  const sharing = client.others.value.map(({ person }) => nameOf(person)).join(', ');
  const text = {
    ringing: words.status.ringing,
    connecting: words.status.connecting,
    reconnecting: words.status.reconnecting,
  }[phase as 'ringing' | 'connecting' | 'reconnecting'];
  return (
    <p class="call-status" data-phase={phase}>
      {phase !== 'live' && <Spinner />}
      {text ?? (call && !sharing ? words.status.alone : '')}
    </p>
  );
}
