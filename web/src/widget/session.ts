/** The visitor's session: made when the visitor first acts, resumed on every page after that. */
import { Api, ApiError, Tokens } from '@/client/api.ts';
import type { Availability, Visitor } from '@/client/protocol.gen.ts';
import type { Host } from './host.ts';

/** Who is there, or when somebody is next. */
export type Presence = Omit<Availability, 't'>;

export interface Site {
  key: string;
  name: string;
  color: string;
  langs: string[];
  availability: Presence;
}

interface Answer {
  token: string;
  expires_in: number;
  resume: string;
  visitor: Visitor;
  conversation: string | null;
}

export class Session {
  readonly #site: string;
  readonly #host: Host;
  readonly #open = new Api();
  readonly #tokens: Tokens;
  #visitor: string | undefined;
  #identified: unknown; // what the shop said and the server has taken, or refused

  constructor(site: string, host: Host) {
    this.#site = site;
    this.#host = host;
    this.#tokens = new Tokens(async () => {
      const answer = await this.#ask(true);
      if (!answer) throw new Error('a session was asked for and none came');
      return answer;
    });
  }

  /** The site's public face; needs no session and sets no cookie. */
  site(): Promise<Site> {
    return this.#open.get<Site>(`/sites/${encodeURIComponent(this.#site)}`);
  }

  /** Take an earlier session up, if there is one, as who the shop says it is; makes none. */
  async resume(): Promise<{ conversation: string | null } | null> {
    const answer = await this.#ask(false);
    if (answer) this.#tokens.put(answer);
    return answer;
  }

  /** The token; makes the session when there is none, so only ask when the visitor has acted. */
  token(fresh = false): Promise<string> {
    return this.#tokens.get(fresh);
  }

  async #ask(create: boolean): Promise<Answer | null> {
    const site = this.#site;
    const host = this.#host;
    if (host.forgets) {
      await this.#open.post('/visitor/session/end', { site, resume: host.resume?.slice(1) });
      host.keepResume(null);
    }
    const said = host.identify.value;
    const identify = said === this.#identified ? null : said;
    const { resume } = host;
    let answer: Answer | null;
    try {
      answer = await this.#open.post('/visitor/session', { site, create, resume, identify });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'bad_identify') throw error;
      // biome-ignore lint/suspicious/noConsole: it is for the shop's developer; the chat goes on
      console.error('Tiski:', error.message);
      this.#identified = said;
      return this.#ask(create);
    }
    host.keepResume(answer?.resume ?? null);
    const visitor = answer?.visitor.id;
    if (answer) this.#identified = said;
    if (this.#visitor && visitor !== this.#visitor) host.restart(); // another customer
    this.#visitor = visitor;
    return answer;
  }
}
