/**
 * Shows a track in a media element, and the next one in its place without a gap: both are in the
 * element's stream for a moment, so that the last picture of one stays until the other's first.
 */
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

export function usePlayed(
  element: RefObject<HTMLVideoElement | null>,
  track: MediaStreamTrack,
): void {
  useEffect(() => {
    const media = element.current;
    if (!media) return;
    exchange(media, track);
    // A muted element may always play; it is refused only while it is being taken away.
    media.play().catch(() => {});
  }, [track]);
  useEffect(() => {
    const media = element.current;
    return () => {
      if (media) media.srcObject = null;
    };
  }, []);
}

function exchange(media: HTMLVideoElement, track: MediaStreamTrack): void {
  const stream = media.srcObject instanceof MediaStream ? media.srcObject : null;
  const before = stream?.getTracks().filter((one) => one !== track) ?? [];
  // An element whose stream has ended does not always go on with a track that is added.
  if (!stream || before.some((one) => one.readyState === 'ended')) {
    media.srcObject = new MediaStream([track]);
    return;
  }
  stream.addTrack(track);
  for (const one of before) stream.removeTrack(one);
}
