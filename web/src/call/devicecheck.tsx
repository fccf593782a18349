/**
 * A look at camera and microphone before anybody else sees or hears them. Opens what the call is
 * meant to have; what cannot be opened has its reason and the way on without it.
 */
import '@preact/signals'; // components render again when the devices' signals change
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Media } from '@/client/callmemory.ts';
import type { Capture, DeviceKind, Trouble } from '@/client/capture.ts';
import { Button, IconButton } from '@/ui/button.tsx';
import { CameraIcon, CameraOffIcon, MicIcon, MicOffIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import './call.css';
import { DevicePickers } from './devices.tsx';
import { useLevel } from './level.ts';
import { troubleText } from './notices.tsx';
import type { CallWords } from './strings.en.ts';
import { Video } from './video.tsx';

export interface DeviceCheckProps {
  capture: Capture;
  words: CallWords;
  /** False for who may only listen: there is nothing to check but the speaker. */
  maySend?: boolean;
  title: string;
  /** What the call is meant to have at first. */
  media: readonly Media[];
  action: string;
  busy?: boolean;
  onReady: (media: Media[]) => void;
  cancelLabel?: string;
  onCancel?: () => void;
  /** What else is offered under the buttons. */
  children?: ComponentChildren;
}

export function DeviceCheck(props: DeviceCheckProps) {
  const { capture, words, maySend = true } = props;
  const [asking, setAsking] = useState(false);
  const [troubles, setTroubles] = useState<readonly Trouble[]>([]);
  const tracks = capture.tracks.value;
  const camera = tracks.get('camera') ?? null;
  const microphone = tracks.get('audio') ?? null;
  const screen = props.media.includes('screen');

  const open = async (kinds: readonly DeviceKind[]) => {
    setAsking(true);
    const failed = await capture.open(kinds);
    setTroubles((before) => [...before.filter(({ what }) => !isOf(what, kinds)), ...failed]);
    setAsking(false);
  };
  useEffect(() => {
    if (maySend) void open(props.media.filter((kind) => kind !== 'screen'));
  }, []);

  const toggle = (kind: DeviceKind, on: boolean) => {
    if (on) void open([kind]);
    else capture.close(kind === 'audio' ? 'audio' : 'camera');
  };
  const ready = () => {
    if (asking) {
      props.onReady([...props.media]); // the call opens what the question still waits for
      return;
    }
    const media: Media[] = [];
    if (microphone) media.push('audio');
    if (camera) media.push('video');
    if (screen) media.push('screen');
    props.onReady(media);
  };

  return (
    <div class="call-check">
      <h2>{props.title}</h2>
      {maySend && (
        <>
          <p class="call-muted">{asking ? words.check.asking : words.check.hint}</p>
          <div class="call-preview">
            {camera ? (
              <Video
                track={camera}
                label={words.check.preview}
                mirrored={capture.facing === 'user'}
              />
            ) : (
              <span class="call-preview-empty">
                {asking ? <Spinner /> : <CameraOffIcon size={28} />}
                {!asking && words.check.cameraOff}
              </span>
            )}
            <div class="call-preview-controls">
              <IconButton
                label={words.check.useMicrophone}
                pressed={microphone !== null}
                icon={microphone ? <MicIcon /> : <MicOffIcon />}
                class="call-control"
                onClick={() => toggle('audio', !microphone)}
              />
              <IconButton
                label={words.check.useCamera}
                pressed={camera !== null}
                icon={camera ? <CameraIcon /> : <CameraOffIcon />}
                class="call-control"
                onClick={() => toggle('video', !camera)}
              />
            </div>
          </div>
          <Meter track={microphone} words={words} />
          {troubles.map((trouble) => (
            <CheckTrouble
              key={trouble.what}
              trouble={trouble}
              words={words}
              onRetry={() => trouble.what !== 'screen' && void open([trouble.what])}
            />
          ))}
          <DevicePickers {...{ capture, words }} kinds={['video', 'audio', 'speaker']} />
          {screen && <p class="call-muted">{words.check.screenNext}</p>}
        </>
      )}
      <div class="call-actions">
        <Button variant="primary" busy={props.busy ?? false} onClick={ready}>
          {actionLabel(props.action, troubles, words.trouble)}
        </Button>
        {props.onCancel && (
          <Button variant="quiet" onClick={props.onCancel}>
            {props.cancelLabel ?? words.check.cancel}
          </Button>
        )}
      </div>
      {props.children}
    </div>
  );
}

function Meter({ track, words }: { track: MediaStreamTrack | null; words: CallWords }) {
  const bar = useRef<HTMLSpanElement>(null);
  const heard = useLevel(track, bar);
  if (!track) return null;
  return (
    <div class="call-meter">
      <span class="call-meter-bar" aria-hidden="true">
        <span ref={bar} class="call-meter-level" />
      </span>
      <span role="status" class="call-muted">
        {heard ? words.check.heard : words.check.speak}
      </span>
    </div>
  );
}

interface CheckTroubleProps {
  trouble: Trouble;
  words: CallWords;
  onRetry: () => void;
}

function CheckTrouble({ trouble, words, onRetry }: CheckTroubleProps) {
  const final = trouble.reason === 'blocked' || trouble.reason === 'unsupported';
  return (
    <div class="call-notice" role="alert">
      <p>{troubleText(trouble, words)}</p>
      {!final && <Button onClick={onRetry}>{words.trouble.retry}</Button>}
    </div>
  );
}

/** The main button says what going on means when a device is missing. */
function actionLabel(
  action: string,
  troubles: readonly Trouble[],
  words: { withoutVideo: string; withoutAudio: string },
): string {
  if (troubles.some(({ what }) => what === 'audio')) return words.withoutAudio;
  if (troubles.some(({ what }) => what === 'video')) return words.withoutVideo;
  return action;
}

function isOf(what: Trouble['what'], kinds: readonly DeviceKind[]): boolean {
  return what !== 'screen' && kinds.includes(what);
}
