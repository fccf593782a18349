/**
 * The recording of a call as one of its members has it: whether they are asked, what is on, and
 * what they may say to it. The rules are the server's (`server/domain/recording.py`).
 */
import { computed, type ReadonlySignal } from '@preact/signals-core';
import type { Command, Draft } from './frames.ts';
import type { CallState, ConversationState, Person, RecordingState } from './protocol.gen.ts';

/** The version of the words of `call/recording.tsx`: another meaning, another number. */
export const CONSENT = 'record-1';

/** The pauses that somebody has to take back. */
export type HandPause = 'staff' | 'shop';

export type RecordingPart = 'none' | 'asked' | 'agreed';

export class CallRecording {
  readonly #state: ReadonlySignal<ConversationState | null>;
  readonly #say: (draft: () => Draft<Command>) => Promise<void>;
  /** The recording that is asked for or on. */
  readonly on: ReadonlySignal<RecordingState | null>;
  /** Whether we are asked whether we may be recorded, or have agreed. */
  readonly part: ReadonlySignal<RecordingPart>;

  constructor(
    state: ReadonlySignal<ConversationState | null>,
    me: ReadonlySignal<Person | null>,
    say: (draft: () => Draft<Command>) => Promise<void>,
  ) {
    this.#state = state;
    this.#say = say;
    this.on = computed(() => state.value?.call?.recording ?? null);
    this.part = computed(() => partOf(state.value, me.value));
  }

  /** Asks everybody in the call, and agrees by that. */
  ask(lang: string): Promise<void> {
    return this.#say(() => ({ t: 'recording.ask', conv: this.#conv, consent: CONSENT, lang }));
  }

  agree(lang: string): Promise<void> {
    return this.#about((recording) => ({
      ...{ t: 'recording.consent', conv: this.#conv, consent: CONSENT },
      ...{ recording, lang },
    }));
  }

  /** Does not agree, or not any more: nothing is recorded from now on. */
  decline(): Promise<void> {
    return this.#about((recording) => ({ t: 'recording.decline', conv: this.#conv, recording }));
  }

  pause(): Promise<void> {
    return this.#about((recording) => ({ t: 'recording.pause', conv: this.#conv, recording }));
  }

  /** Takes back a pause; one of the shop's page comes again while that page is shown. */
  resume(reason: HandPause = 'staff'): Promise<void> {
    return this.#about((recording) => ({
      ...{ t: 'recording.resume', conv: this.#conv },
      ...{ recording, reason },
    }));
  }

  /** Ends it, or takes back what was asked. */
  end(): Promise<void> {
    return this.#about((recording) => ({ t: 'recording.end', conv: this.#conv, recording }));
  }

  get #conv(): string {
    return this.#state.peek()?.id ?? '';
  }

  async #about(draft: (recording: string) => Draft<Command>): Promise<void> {
    const recording = this.on.peek()?.id;
    if (recording) await this.#say(() => draft(recording));
  }
}

function partOf(state: ConversationState | null, me: Person | null): RecordingPart {
  const call: CallState | null = state?.call ?? null;
  const recording = call?.recording;
  const member = call?.members.some(({ person }) => person.id === me?.id);
  if (!recording || !me || !member) return 'none';
  if (recording.consents.some(({ id }) => id === me.id)) return 'agreed';
  // Who listens or whispers is not recorded, so not asked.
  const hides = state?.observers?.some(
    ({ person, part }) => person.id === me.id && part !== 'barge',
  );
  return hides ? 'none' : 'asked';
}
