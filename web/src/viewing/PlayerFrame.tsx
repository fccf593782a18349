/**
 * The player in its frame. It is a page of an origin that has nothing; the one thing it gets is
 * a port, and only the page at that very origin, in this very frame, gets it.
 */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { PLAYER_HELLO } from '@/player/port.ts';
import { useZone } from './context.ts';
import type { PlayerPort } from './viewer.ts';

export function PlayerFrame({ origin }: { origin: string }): VNode {
  const { client, words } = useZone();
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const greet = (event: MessageEvent) => {
      const player = frame.current?.contentWindow;
      if (!player || event.source !== player || event.origin !== origin) return;
      if (event.data !== PLAYER_HELLO) return;
      const { port1, port2 } = new MessageChannel();
      client.attach(port1 as unknown as PlayerPort);
      player.postMessage(PLAYER_HELLO, origin, [port2]);
    };
    window.addEventListener('message', greet);
    return () => window.removeEventListener('message', greet);
  }, [client, origin]);
  return (
    <iframe
      ref={frame}
      class="viewing-player"
      title={words.frame}
      src={`${origin}/player?parent=${encodeURIComponent(location.origin)}`}
      sandbox="allow-scripts allow-same-origin"
      referrerpolicy="no-referrer"
    />
  );
}
