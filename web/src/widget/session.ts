/** The visitor's session: made when the visitor first acts, resumed on every page after that. */
import { Api, Tokens } from '@/client/api.ts';
import type { Person, Visitor } from '@/client/protocol.gen.ts';
import type { Host } from './host.ts';

export interface Site {
  key: string;
  name: string;
  color: string;
  langs: string[];
  availability: { online: boolean; people: Person[] };
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

  /** Take an earlier session up, if there is one; makes none. */
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
    const { resume } = this.#host;
    const answer = await this.#open.post<Answer | null>('/visitor/session', {
      site: this.#site,
      create,
      ...(resume ? { resume } : {}),
    });
    this.#host.keepResume(answer?.resume ?? null);
    return answer;
  }
}
