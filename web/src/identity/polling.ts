/**
 * Asks the server once a second how far a BankID order is: its QR code says something new each
 * second. The result itself comes by the conversation, so a poll that fails is only asked again.
 */
import { batch, type ReadonlySignal, signal } from '@preact/signals-core';
import { type Api, ApiError } from '@/client/api.ts';
import type { Clock } from '@/client/clock.ts';
import type { Progress } from './wire.ts';

const EVERY = 1_000; // ms from one question to the next, the answer's time included

export class Polling {
  readonly #api: Pick<Api, 'get'>;
  readonly #clock: Clock;
  readonly #progress = signal<Progress | null>(null);
  readonly #lost = signal(false);
  #attempt: string | null = null;
  #cancel: () => void = () => {};

  constructor(api: Pick<Api, 'get'>, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** The newest answer; null before the first. */
  get progress(): ReadonlySignal<Progress | null> {
    return this.#progress;
  }

  /** The server was not reached the last time: the code that is shown may be too old. */
  get lost(): ReadonlySignal<boolean> {
    return this.#lost;
  }

  /** Follow this attempt, and no other; null: none. */
  follow(attempt: string | null): void {
    if (attempt === this.#attempt) return;
    this.#attempt = attempt;
    this.#cancel();
    batch(() => {
      this.#progress.value = null;
      this.#lost.value = false;
    });
    if (attempt) void this.#ask(attempt);
  }

  async #ask(attempt: string): Promise<void> {
    const began = this.#clock.now();
    let over = false;
    try {
      const progress = await this.#api.get<Progress>(`/identity/attempts/${attempt}`);
      if (attempt !== this.#attempt) return;
      over = progress.status !== 'pending';
      batch(() => {
        this.#progress.value = progress;
        this.#lost.value = false;
      });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      over = error instanceof ApiError && error.final; // it is no more; the state says the rest
      this.#lost.value = true;
    }
    if (over) return;
    const rest = Math.max(0, began + EVERY - this.#clock.now());
    this.#cancel = this.#clock.after(rest, () => void this.#ask(attempt));
  }
}
