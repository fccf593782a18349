/**
 * The recording in the call: the question whether one may be recorded, and the line that says all
 * the time what is recorded. The words of the question have a version (`client/recording.ts`).
 */
import { Button } from '@/ui/button.tsx';
import { useCall } from './context.ts';
import './recording.css';

/** Asks somebody in the call. Until everybody has agreed nothing is recorded. */
export function RecordingQuestion() {
  const { client, words, lang, nameOf } = useCall();
  const on = client.recording.on.value;
  if (!on || client.recording.part.value !== 'asked') return null;
  const w = words.recording;
  const title = w.title(nameOf(on.by));
  return (
    <div class="call-notice call-notice-ask call-consent" role="alertdialog" aria-label={title}>
      <div>
        <p>
          <strong>{title}</strong>
        </p>
        <p>{w.what}</p>
        <p>{w.kept(on.days ?? 0)}</p>
        <p>{w.refuse}</p>
      </div>
      <div class="call-notice-actions">
        <Button variant="primary" onClick={() => void client.recording.agree(lang)}>
          {w.agree}
        </Button>
        <Button onClick={() => void client.recording.decline()}>{w.decline}</Button>
      </div>
    </div>
  );
}

/** Says that the call is recorded, or why not just now, with what the reader may do about it. */
export function RecordingLine() {
  const { client, words, nameOf } = useCall();
  const on = client.recording.on.value;
  const part = client.recording.part.value;
  if (!on || !client.joined.value) return null;
  const w = words.recording;
  const staff = client.me.value?.role === 'agent' || client.me.value?.role === 'supervisor';
  const pauses = on.pauses ?? [];
  const reason = pauses.find((one) => one !== 'staff') ?? pauses[0];
  const byHand = (['staff', 'shop'] as const).find((one) => pauses.includes(one));
  const [long, short] = {
    none: [w.pause, w.short.pause],
    staff: [w.resume, w.short.resume],
    shop: [w.anyway, w.short.anyway],
  }[byHand ?? 'none'];
  const agreed = new Set(on.consents.map(({ id }) => id));
  // Of outside sources those with sound hold it, until they go.
  const awaited = client.others.value
    .filter(({ person, media }) => person.role !== 'guest' || media.includes('audio'))
    .map(({ person }) => person)
    .filter(({ id }) => !agreed.has(id));
  const text = {
    on: w.on,
    asked: w.asking(awaited.map(nameOf).join(', ')),
    paused: `${w.paused} ${reason ? w.reasons[reason] : ''}`.trim(),
  }[on.state];
  return (
    <div class="call-recording" data-state={on.state}>
      <p role="status">
        <span class="call-recording-dot" aria-hidden="true" />
        {text}
      </p>
      {staff && part === 'agreed' && (
        <>
          {on.state !== 'asked' && (
            <Button
              variant="quiet"
              aria-label={long}
              onClick={() =>
                void (byHand ? client.recording.resume(byHand) : client.recording.pause())
              }
            >
              {short}
            </Button>
          )}
          <Button
            variant="quiet"
            aria-label={on.state === 'asked' ? w.withdraw : w.stop}
            onClick={() => void client.recording.end()}
          >
            {on.state === 'asked' ? w.withdraw : w.short.stop}
          </Button>
        </>
      )}
      {!staff && part === 'agreed' && (
        <Button variant="quiet" onClick={() => void client.recording.decline()}>
          {w.revoke}
        </Button>
      )}
    </div>
  );
}
