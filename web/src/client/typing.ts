/**
 * Typing, both ways (ephemeral). A notice lasts 6 s unless renewed, so whoever loses the network
 * in the middle of a word does not type for ever.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Clock } from './clock.ts';
import type { Person } from './protocol.gen.ts';

const LASTS = 6_000;
const RENEW = 3_000;

/** Who types on the other side. */
export class TypingPeople {
  readonly #clock: Clock;
  readonly #people = signal<Person[]>([]);
  readonly #ends = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get people(): ReadonlySignal<Person[]> {
    return this.#people;
  }

  note(person: Person, on: boolean): void {
    this.#ends.get(person.id)?.();
    this.#ends.delete(person.id);
    const others = this.#people.value.filter(({ id }) => id !== person.id);
    if (on)
      this.#ends.set(
        person.id,
        this.#clock.after(LASTS, () => this.note(person, false)),
      );
    if (on || others.length !== this.#people.value.length) {
      this.#people.value = on ? [...others, person] : others;
    }
  }

  clear(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
    this.#people.value = [];
  }
}

/** Tells the other side that we type, seldom enough. */
export class TypingNotice {
  readonly #clock: Clock;
  readonly #send: (on: boolean) => void;
  #sentAt: number | null = null;
  #cancel: () => void = () => {};

  constructor(clock: Clock, send: (on: boolean) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A key was pressed; `text` is what stands there now. */
  typed(text: string): void {
    if (text.trim() === '') {
      this.stop();
      return;
    }
    const now = this.#clock.now();
    if (this.#sentAt === null || now - this.#sentAt >= RENEW) {
      this.#sentAt = now;
      this.#send(true);
    }
    this.#cancel();
    this.#cancel = this.#clock.after(LASTS - 1_000, () => this.stop());
  }

  /** The message was sent or taken away. */
  stop(): void {
    this.#cancel();
    if (this.#sentAt === null) return;
    this.#sentAt = null;
    this.#send(false);
  }
}
