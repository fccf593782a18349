/** What shows beside or instead of the stage: a call that is offered, one that goes on, its end. */
import type { Media } from '@/client/call.ts';
import { clockText } from '@/i18n/index.ts';
import { Button } from '@/ui/button.tsx';
import { CameraIcon, MicIcon, PhoneIcon } from '@/ui/icons.tsx';
import { useCall } from './context.ts';
import { DoctorLink } from './doctor.tsx';
import type { CallWords } from './strings.en.ts';

/** Somebody offers a call. Answering is the consent; nothing is opened before it. */
export function Consent() {
  const { client, words, nameOf } = useCall();
  const call = client.call.value;
  if (!call) return null;
  const join = (media: Media[]) => client.prepare({ action: 'join', media });
  const ringing = call.state === 'ringing';
  const names = call.members.map(({ person }) => nameOf(person)).join(', ');
  const title = ringing
    ? words.incoming.title(nameOf(call.by), mediaText(call.media, words))
    : words.incoming.ongoing(names);
  const video = call.media.includes('video') || call.media.includes('screen');
  return (
    <div class="call-card" role="alertdialog" aria-label={title}>
      <span class="call-card-icon" data-ringing={ringing || undefined}>
        <PhoneIcon size={24} />
      </span>
      <h2>{title}</h2>
      <p class="call-muted">{call.private ? words.incoming.private : words.incoming.consent}</p>
      <div class="call-actions">
        {client.maySend.value ? (
          <>
            <Button
              variant={video ? 'primary' : 'secondary'}
              icon={<CameraIcon />}
              onClick={() => join(['audio', 'video'])}
            >
              {words.incoming.video}
            </Button>
            <Button
              variant={video ? 'secondary' : 'primary'}
              icon={<MicIcon />}
              onClick={() => join(['audio'])}
            >
              {words.incoming.audio}
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={() => void client.join([])}>
            {words.incoming.listen}
          </Button>
        )}
        <Button variant="quiet" onClick={() => void client.decline()}>
          {words.incoming.notNow}
        </Button>
      </div>
    </div>
  );
}

/** A call that goes on without us. */
export function Ongoing() {
  const { client, words, nameOf } = useCall();
  const call = client.call.value;
  if (!call || call.members.length === 0) return null;
  return (
    <div class="call-bar">
      <PhoneIcon />
      <span>
        {words.incoming.ongoing(call.members.map(({ person }) => nameOf(person)).join(', '))}
      </span>
      <Button onClick={() => client.prepare({ action: 'join', media: ['audio'] })}>
        {words.incoming.join}
      </Button>
    </div>
  );
}

/** The call is in another tab of ours. */
export function Elsewhere() {
  const { client, words } = useCall();
  const me = client.me.value?.id;
  const media = client.call.value?.members.find(({ person }) => person.id === me)?.media ?? [];
  return (
    <div class="call-bar">
      <PhoneIcon />
      <span>{words.elsewhere.text}</span>
      <Button onClick={() => void client.takeOver(media.filter((item) => item !== 'screen'))}>
        {words.elsewhere.here}
      </Button>
    </div>
  );
}

export function EndedCard() {
  const { client, words } = useCall();
  const ended = client.ended.value;
  if (!ended) return null;
  const { reason, seconds } = ended;
  const text =
    reason === 'declined' || reason === 'unanswered' || reason === 'lost'
      ? words.ended[reason]
      : words.ended.hangup;
  return (
    <div class="call-card" role="status">
      <h2>{words.ended.title}</h2>
      <p class="call-muted">
        {text} {seconds > 0 && words.ended.duration(clockText(seconds))}
      </p>
      <div class="call-actions">
        {reason === 'lost' && (
          <Button
            variant="primary"
            onClick={() => client.prepare({ action: 'start', media: ['audio'] })}
          >
            {words.ended.again}
          </Button>
        )}
        <Button onClick={() => client.dismissEnded()}>{words.ended.close}</Button>
      </div>
      {reason === 'lost' && <DoctorLink />}
    </div>
  );
}

export function mediaText(media: readonly Media[], words: CallWords): string {
  if (media.includes('video')) return words.media.video;
  if (media.includes('screen') && !media.includes('audio')) return words.media.screen;
  return words.media.audio;
}
