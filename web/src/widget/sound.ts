/**
 * A short, soft tone for a message. Silent until the visitor has
 * touched the chat (browsers ask for that, and so does courtesy), and when they turned it off.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { TabStore } from './stored.ts';

export class Sound {
  readonly #muted = signal(false);
  readonly #tab: TabStore;
  #audio: AudioContext | null = null;

  constructor(tab: TabStore) {
    this.#tab = tab;
    this.#muted.value = tab.recall<boolean>('muted') ?? false;
    const wake = () => {
      this.#audio ??= new AudioContext();
      void this.#audio.resume();
    };
    for (const gesture of ['pointerdown', 'keydown']) {
      addEventListener(gesture, wake, { once: true, capture: true });
    }
  }

  get muted(): ReadonlySignal<boolean> {
    return this.#muted;
  }

  mute(on: boolean): void {
    this.#muted.value = on;
    this.#tab.keep('muted', on || null);
  }

  play(): void {
    const audio = this.#audio;
    if (audio?.state !== 'running' || this.#muted.value) return;
    void import('./tone.ts').then(({ playTone }) => playTone(audio)).catch(() => {});
  }
}
