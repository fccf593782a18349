/**
 * The agent's session: who is signed in, signing in and out, and tokens for the socket.
 *
 *   checking ──me──► in ──sign out, or ended elsewhere──► out ──login──► in
 *       └────401────► out
 *
 * The session itself is a cookie that scripts cannot read; only short-lived tokens pass here.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { Api, ApiError, Tokens } from '@/client/api';

export interface Agent {
  id: string;
  name: string;
  email: string;
  role: 'agent' | 'supervisor';
}

export interface Me {
  agent: Agent;
  site: { key: string; name: string; recording?: boolean };
  lang: string;
}

export type SessionState =
  | { at: 'checking' }
  | { at: 'unreachable' }
  | { at: 'out'; ended: boolean }
  | { at: 'in'; me: Me };

export class Session {
  readonly #state = signal<SessionState>({ at: 'checking' });
  readonly #recording = signal(false);
  readonly #open: Api;
  readonly #tokens: Tokens;
  /** Requests with the bearer token, for what all audiences share. */
  readonly api: Api;

  constructor(open: Api = new Api()) {
    this.#open = open;
    this.#tokens = new Tokens(() => open.post('/agent/token'));
    this.api = new Api({ token: () => this.#tokens.get() });
  }

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  /** Whether the shop lets calls be recorded, as of the last `refresh`. */
  get recording(): ReadonlySignal<boolean> {
    return this.#recording;
  }

  /** Requests with the cookie alone: sign-in, status, colleagues, lists. */
  get cookieApi(): Api {
    return this.#open;
  }

  token(fresh: boolean): Promise<string> {
    return this.#tokens.get(fresh);
  }

  /** Find out whether the browser has a session. */
  async check(): Promise<void> {
    this.#state.value = { at: 'checking' };
    try {
      this.#enter(await this.#open.get<Me>('/agent/me'));
    } catch (error) {
      const signedOut = error instanceof ApiError && (error.status === 401 || error.status === 403);
      this.#state.value = signedOut ? { at: 'out', ended: false } : { at: 'unreachable' };
    }
  }

  /** Ask whether calls may be recorded by now. What was known stays when there is no answer. */
  async refresh(): Promise<void> {
    const me = await this.#open.get<Me>('/agent/me').catch(() => null);
    if (me) this.#recording.value = me.site.recording === true;
  }

  #enter(me: Me): void {
    this.#recording.value = me.site.recording === true;
    this.#state.value = { at: 'in', me };
  }

  /** Sign in. Throws ApiError: `bad_credentials`, `too_many_attempts`, `network`. */
  async login(email: string, password: string): Promise<void> {
    await this.#open.post('/agent/login', { email, password });
    await this.#tokens.get(true);
    this.#enter(await this.#open.get<Me>('/agent/me'));
  }

  /** Sign out here, or `everywhere`. Throws ApiError when the server was not reached. */
  async logout(everywhere: boolean): Promise<void> {
    await this.#open.post('/agent/logout', { everywhere });
    this.#state.value = { at: 'out', ended: false };
  }

  /** The server has ended the session (signed out elsewhere, removed). */
  ended(): void {
    this.#state.value = { at: 'out', ended: true };
  }
}
