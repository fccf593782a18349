/**
 * The expert's way in: what the link says, using it once, and coming back after a reload.
 *
 *   looking ──inspect: open──► invited ──redeem──► seated ──left, removed, closed──► over
 *      ├──used, but this browser has the seat──────────► seated
 *      ├──used, revoked, expired, unknown──► over
 *      └──no answer──► unreachable
 *
 * The seat is a cookie that scripts cannot read; the secret leaves the address once it is used.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { Api, ApiError, Tokens } from '@/client/api';
import type { ExpertSeat, Person } from '@/client/protocol.gen';

export type Scope = ExpertSeat['scope'][number];

/** Why there is nothing to see (any more). */
export type Outcome = 'used' | 'revoked' | 'expired' | 'unknown' | 'left' | 'removed' | 'closed';

const OUTCOMES: readonly Outcome[] = [
  'used',
  'revoked',
  'expired',
  'unknown',
  'left',
  'removed',
  'closed',
];

export interface Invited {
  siteName: string;
  byName: string;
  scope: readonly Scope[];
}

export interface Seat {
  conversation: string;
  scope: readonly Scope[];
  you: Person;
}

interface SeatAnswer extends Seat {
  token: string;
  expires_in: number;
}

interface InspectAnswer {
  outcome: string;
  site_name?: string;
  by_name?: string;
  scope?: Scope[];
}

export type ExpertState =
  | { at: 'looking' }
  | { at: 'unreachable' }
  | { at: 'invited'; invited: Invited }
  | { at: 'seated'; seat: Seat }
  | { at: 'over'; outcome: Outcome };

export class ExpertSession {
  readonly #open: Api;
  readonly #secret: string;
  readonly #ended: Outcome | null;
  readonly #tokens: Tokens;
  readonly #state = signal<ExpertState>({ at: 'looking' });
  readonly api: Api;

  /**
   * @param secret the address's fragment; empty when there is none
   * @param ended how the seat ended before this page was loaded anew, if it did
   */
  constructor(secret: string, ended: Outcome | null = null, open: Api = new Api()) {
    this.#secret = secret;
    this.#ended = ended;
    this.#open = open;
    this.#tokens = new Tokens(() => open.post<SeatAnswer>('/expert/token'));
    this.api = new Api({ token: () => this.#tokens.get() });
  }

  get state(): ReadonlySignal<ExpertState> {
    return this.#state;
  }

  token(fresh: boolean): Promise<string> {
    return this.#tokens.get(fresh);
  }

  /** Find out what the link, or this browser's seat, is worth. */
  async look(): Promise<void> {
    this.#state.value = { at: 'looking' };
    try {
      if (this.#secret === '') return await this.#comeBack(this.#ended ?? 'unknown');
      const said = await this.#open.post<InspectAnswer>('/invites/inspect', {
        secret: this.#secret,
      });
      const outcome = outcomeOf(said.outcome);
      if (outcome === 'used') return await this.#comeBack('used');
      this.#state.value =
        outcome === null
          ? {
              at: 'invited',
              invited: {
                siteName: said.site_name ?? '',
                byName: said.by_name ?? '',
                scope: said.scope ?? [],
              },
            }
          : { at: 'over', outcome };
    } catch {
      this.#state.value = { at: 'unreachable' };
    }
  }

  /** Use the link. A link that somebody was faster with ends here; throws ApiError otherwise. */
  async redeem(name: string): Promise<void> {
    try {
      const answer = await this.#open.post<SeatAnswer>('/invites/redeem', {
        secret: this.#secret,
        name,
      });
      this.#sit(answer);
    } catch (error) {
      const outcome = deadBy(error);
      if (outcome === null) throw error;
      this.#state.value = { at: 'over', outcome };
    }
  }

  /** The seat has ended, by whoever did it. */
  over(outcome: Outcome): void {
    if (this.#state.peek().at !== 'over') this.#state.value = { at: 'over', outcome };
  }

  /** The server refused the seat: ask it why. */
  async refused(): Promise<void> {
    if (this.#state.peek().at === 'over') return;
    try {
      this.#sit(await this.#open.post<SeatAnswer>('/expert/token'));
    } catch (error) {
      this.over(deadBy(error) ?? 'removed');
    }
  }

  async #comeBack(otherwise: Outcome): Promise<void> {
    try {
      this.#sit(await this.#open.post<SeatAnswer>('/expert/token'));
    } catch (error) {
      if (!(error instanceof ApiError) || !error.final) throw error;
      // Another browser's link, or a seat of an older link: only the latter has an end to tell.
      const outcome = this.#secret === '' ? deadBy(error) : null;
      this.#state.value = { at: 'over', outcome: outcome ?? otherwise };
    }
  }

  #sit(answer: SeatAnswer): void {
    this.#tokens.put(answer);
    const { conversation, scope, you } = answer;
    this.#state.value = { at: 'seated', seat: { conversation, scope, you } };
  }
}

/** Read an outcome that an earlier page kept; null when it is none. */
export function keptOutcome(kept: unknown): Outcome | null {
  return OUTCOMES.find((known) => known === kept) ?? null;
}

function outcomeOf(word: string): Outcome | null {
  if (word === 'open') return null;
  return OUTCOMES.find((known) => known === word) ?? 'unknown';
}

/** The outcome that an error of the server names; null when it names none. */
function deadBy(error: unknown): Outcome | null {
  if (!(error instanceof ApiError) || !error.code.startsWith('invite_')) return null;
  return outcomeOf(error.code.slice('invite_'.length));
}
