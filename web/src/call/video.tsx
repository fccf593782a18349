/** A track in a `<video>` element. Always muted: sound plays in `sound.tsx`, once per person. */
import { useRef } from 'preact/hooks';
import { usePlayed } from './played.ts';

export interface VideoProps {
  track: MediaStreamTrack;
  label: string;
  mirrored?: boolean;
  /** A screen must be seen whole; a face may be cropped. */
  fit?: 'cover' | 'contain';
}

export function Video({ track, label, mirrored = false, fit = 'cover' }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  usePlayed(element, track);
  return (
    <video
      ref={element}
      class={`call-video call-video-${fit} ${mirrored ? 'call-video-mirrored' : ''}`}
      aria-label={label}
      muted
      autoPlay
      playsInline
    />
  );
}
