/**
 * Everybody's sound. It plays whatever the stage shows. A browser that wants a gesture first
 * (autoplay rules, after a page change) gets a button instead of silence.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '@/ui/button.tsx';
import { SoundIcon } from '@/ui/icons.tsx';
import { useCall } from './context.ts';

export function Sound() {
  const { client, words } = useCall();
  const host = useRef<HTMLDivElement>(null);
  const [blocked, setBlocked] = useState(false);
  const remotes = client.remotes.value.filter(({ track }) => track.kind === 'audio');
  const speaker = client.capture.choice.value.speaker;

  const hear = () => {
    const elements = [...(host.current?.querySelectorAll('audio') ?? [])];
    void Promise.all(elements.map((element) => element.play())).then(
      () => setBlocked(false),
      () => {},
    );
  };

  return (
    <div ref={host} class="call-sound">
      {remotes.map(({ publication, track }) => (
        <Voice
          key={publication.id}
          track={track}
          speaker={speaker}
          onBlocked={() => setBlocked(true)}
        />
      ))}
      {blocked && (
        <Button variant="primary" icon={<SoundIcon />} onClick={hear}>
          {words.controls.hear}
        </Button>
      )}
    </div>
  );
}

interface VoiceProps {
  track: MediaStreamTrack;
  speaker: string | undefined;
  onBlocked: () => void;
}

/**
 * One person's sound. When it comes on another track (another path through the network), that one
 * plays before the last one ends: a browser that has nothing left to play stops its output, and
 * takes a moment to begin again.
 */
function Voice({ track, speaker, onBlocked }: VoiceProps) {
  const [heard, setHeard] = useState<readonly MediaStreamTrack[]>([track]);
  const newest = useRef(track);
  newest.current = track;
  const played = heard.includes(track) ? heard : [...heard, track];
  return (
    <>
      {played.map((one) => (
        <Player
          key={one.id}
          track={one}
          speaker={speaker}
          onBlocked={onBlocked}
          onPlaying={() => {
            if (one === newest.current) setHeard([one]);
          }}
        />
      ))}
    </>
  );
}

function Player({ track, speaker, onBlocked, onPlaying }: VoiceProps & { onPlaying: () => void }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current as HTMLAudioElement & {
      setSinkId?: (id: string) => Promise<void>;
    };
    // A speaker that is gone: the sound goes on from the system's own.
    if (speaker) audio?.setSinkId?.(speaker).catch(() => {});
  }, [speaker]);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: DOMException) => {
      if (error.name === 'NotAllowedError') onBlocked();
    });
    return () => {
      audio.srcObject = null;
    };
  }, [track]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions to show
  return <audio ref={element} autoPlay onPlaying={onPlaying} />;
}
