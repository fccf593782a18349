/**
 * The commands of a call, sent for one conversation; what was refused shows in `refusal`.
 * `call.ts` drives it.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Media } from './callmemory.ts';
import type { Connection } from './connection.ts';
import { type Command, type Draft, Refused } from './frames.ts';
import type { ConversationState, Figures } from './protocol.gen.ts';

export type RefusalCode = Refused['code'];

export class CallCommands {
  /** Why the last command was refused; stays until the next one succeeds or it is dismissed. */
  readonly refusal = signal<RefusalCode | null>(null);
  readonly #connection: Pick<Connection, 'send'>;
  readonly #state: ReadonlySignal<ConversationState | null>;

  constructor(
    connection: Pick<Connection, 'send'>,
    state: ReadonlySignal<ConversationState | null>,
  ) {
    this.#connection = connection;
    this.#state = state;
  }

  /** Returns the id of the call that was started. @throws Refused */
  async start(media: readonly Media[], isPrivate: boolean): Promise<string> {
    const ack = await this.#connection.send({
      t: 'call.start',
      conv: this.#conv(),
      media: [...media],
      private: isPrivate,
    });
    if (!ack.call) throw new Refused('no_call');
    return ack.call;
  }

  /** @throws Refused */
  async join(call: string, media: readonly Media[]): Promise<void> {
    await this.#connection.send({ t: 'call.join', conv: this.#conv(), call, media: [...media] });
  }

  /** What this side sends from now on. */
  media(call: string, media: readonly Media[]): Promise<void> {
    return this.#try(() => ({ t: 'call.media', conv: this.#conv(), call, media: [...media] }));
  }

  /** Asks the other side to turn something on. */
  ask(call: string, media: Media): Promise<void> {
    return this.#try(() => ({ t: 'call.ask', conv: this.#conv(), call, media }));
  }

  say(t: 'call.decline' | 'call.end' | 'call.leave' | 'call.open', call: string): Promise<void> {
    return this.#try(() => ({ t, conv: this.#conv(), call }));
  }

  /** Tells how the connection does. What is lost of it is in the next report. */
  tell(call: string, leg: string, figures: Figures): void {
    const conv = this.#state.peek()?.id;
    if (!conv) return;
    this.#connection.send({ t: 'call.figures', conv, call, leg, figures }).catch(() => {});
  }

  note(error: unknown): void {
    this.refusal.value = error instanceof Refused ? error.code : 'internal';
  }

  #conv(): string {
    const state = this.#state.peek();
    if (!state) throw new Refused('not_found');
    return state.id;
  }

  /** Says something else of the call; what is refused shows in `refusal`. */
  other(draft: () => Draft<Command>): Promise<void> {
    return this.#try(draft);
  }

  async #try(draft: () => Draft<Command>): Promise<void> {
    try {
      await this.#connection.send(draft());
    } catch (error) {
      // The call ended under the command: the state tells that better.
      const over = error instanceof Refused && ['no_call', 'not_in_call'].includes(error.code);
      if (!over) this.note(error);
    }
  }
}
