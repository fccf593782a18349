/** The call part with its place in the chat: how it looks there, and how it is heard. */
import { computed, effect } from '@preact/signals';
import './callpart.css';
import type { Chat } from './chat.ts';

export * from '@/call/index.ts';

const RING = 3_000; // ms between tones of a call that is offered

/** Let a call that is offered open the panel, and be heard until it is answered. */
export function ring({ host, sound, thread }: Chat): void {
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
