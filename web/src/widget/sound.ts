/**
 * A short, soft tone for a message, made in code: nothing to fetch. Silent until the visitor has
 * touched the chat (browsers ask for that, and so does courtesy), and when they turned it off.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { TabStore } from './stored.ts';

const NOTES = [659.3, 880]; // E5, A5

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
    NOTES.forEach((note, index) => {
      const start = audio.currentTime + index * 0.11;
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = note;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.08, start + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.28);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.3);
    });
  }
}
