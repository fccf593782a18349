/** Groups of the frames in `protocol.gen.ts` that the client treats alike. */
import type { Ack, ClientFrame, Nack, Offer, Subscribe, Unsubscribe } from './protocol.gen.ts';

type WithId = Extract<ClientFrame, { id: string }>;

/** A command that the server makes durable and acknowledges after its commit. */
export type Command = Exclude<WithId, Offer | Subscribe | Unsubscribe>;

/** What a command looks like before it gets its id. */
export type Draft<T extends WithId = Command> = T extends unknown ? Omit<T, 'id'> : never;

export type NackCode = Nack['code'];
export type { Ack };

/**
 * Why something did not happen: the server's word, or one of the client's own:
 * `disconnected` (only for what must not be repeated later) and `stopped`.
 */
export class Refused extends Error {
  readonly code: NackCode | 'disconnected' | 'stopped';
  readonly retryAfter: number | null;

  constructor(code: Refused['code'], message: string = code, retryAfter: number | null = null) {
    super(message);
    this.name = 'Refused';
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
