/**
 * Moves the call into a window of its own, so that the shopper can see it beside any page.
 *
 * The window is the widget again. Opened by this frame, it says hello to it as a frame does to the
 * shop's page, and is given the session's secret and what the tab keeps; by that it goes on with
 * the call at once, and the part here lets go. What it wants kept comes back through the port.
 */
import { HELLO, type ToPage, type Welcome } from '@/loader/bridge.ts';
import type { Chat } from './chat.ts';

const SIZE = 'popup,width=420,height=720';

/** Open the window; must be called from a click. Where windows are blocked the call stays here. */
export function popOut(chat: Chat): void {
  const { host } = chat;
  const opened = window.open(location.href, 'tiski-call', SIZE);
  if (!opened) return;
  const answer = (event: MessageEvent) => {
    if (event.source !== opened || event.origin !== location.origin) return;
    if (event.data !== HELLO) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if (data.t === 'resume') host.keepResume(data.secret);
    };
    const welcome: Welcome = {
      t: 'page',
      page: host.page.value ?? { url: '', title: '' },
      resume: host.resume ?? undefined,
      open: true,
      tab: host.tab.text, // with the call, before it is forgotten here
    };
    chat.call.value?.client.detach();
    opened.postMessage(welcome, location.origin, [port2]);
  };
  addEventListener('message', answer);
}
