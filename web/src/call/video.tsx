/** A track in a `<video>` element. Always muted: sound plays in `sound.tsx`, once per person. */
import { useEffect, useRef } from 'preact/hooks';

export interface VideoProps {
  track: MediaStreamTrack;
  label: string;
  mirrored?: boolean;
  /** A screen must be seen whole; a face may be cropped. */
  fit?: 'cover' | 'contain';
}

export function Video({ track, label, mirrored = false, fit = 'cover' }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = new MediaStream([track]);
    // A muted element may always play; it is refused only while it is being taken away.
    video.play().catch(() => {});
    return () => {
      video.srcObject = null;
    };
  }, [track]);
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
