/**
 * Plays a track in a media element, and the next one in its place without a gap: both are in the
 * element's stream for a moment, so that it never has nothing to show or play.
 */
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** `refused`: the browser did not begin to play, for this reason. */
export function usePlayed(
  element: RefObject<HTMLMediaElement | null>,
  track: MediaStreamTrack,
  refused: (error: DOMException) => void = () => {},
): void {
  useEffect(() => {
    const media = element.current;
    if (!media) return;
    exchange(media, track);
    media.play().catch(refused);
  }, [track]);
  useEffect(() => {
    const media = element.current;
    return () => {
      if (media) media.srcObject = null;
    };
  }, []);
}

function exchange(media: HTMLMediaElement, track: MediaStreamTrack): void {
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
