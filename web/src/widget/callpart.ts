/** The call part with its place in the chat: how it looks there, is heard, and heeds the page. */
import { computed, effect } from '@preact/signals';
import './callpart.css';
import type { Chat } from './chat.ts';
import { wish } from './resting.ts';

export * from '@/call/index.ts';

const HELD = 'held'; // the recording that a page of this tab has paused
const RING = 3_000; // ms between tones of a call that is offered

/** Do for the calls of a chat what is done beside their panel. */
export function attend(chat: Chat): void {
  ring(chat);
  heed(chat);
}

/** Let a call that is offered open the panel, and be heard until it is answered. */
function ring({ host, sound, thread }: Chat): void {
  const offered = computed(() => {
    const call = thread.state.value?.call;
    return call?.state === 'ringing' && call.by.role !== 'visitor' ? call.id : null;
  });
  effect(() => {
    if (!offered.value) return;
    if (!host.open.peek()) host.tell({ t: 'open' });
    sound.play();
    const timer = setInterval(() => sound.play(), RING);
    return () => clearInterval(timer);
  });
}

/** Let the recording rest as the shop's page says. */
function heed({ connection, host, thread }: Chat): void {
  effect(() => {
    const recording = thread.state.value?.call?.recording ?? null;
    const wanted = wish(host.said.value, recording, host.tab.recall<string>(HELD));
    const conv = thread.conv.peek();
    if (!wanted || !recording || !conv) return;
    const { id } = recording;
    host.tab.keep(HELD, wanted === 'pause' ? id : null);
    // Refused when the recording has ended meanwhile: then nothing is left to be done.
    connection
      .send({ t: `recording.${wanted}`, conv, recording: id, reason: 'shop' })
      .catch(() => {});
  });
}
