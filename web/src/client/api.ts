/** The HTTP side of the server, with its stable error codes. Bodies and tokens are never logged. */

export class ApiError extends Error {
  /** 0: the server was not reached. */
  readonly status: number;
  /** A stable word of the server; `network` or `http` when it said none. */
  readonly code: string;
  /** Seconds, when the server said when to come again. */
  readonly retryAfter: number | null;

  constructor(status: number, code: string, message: string, retryAfter: number | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether asking again can help nobody. */
  get final(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

/** Build the error of a response. `body`: its text. */
export function apiError(status: number, body: string, retryAfter: string | null): ApiError {
  const seconds = retryAfter ? Number(retryAfter) : Number.NaN;
  let error: { code?: string; message?: string } = {};
  try {
    error = (JSON.parse(body) as { error?: typeof error }).error ?? {};
  } catch {
    // A proxy's page; its status is all that it can tell.
  }
  return new ApiError(
    status,
    error.code ?? 'http',
    error.message ?? `HTTP ${status}`,
    Number.isFinite(seconds) ? seconds : null,
  );
}

export interface ApiOptions {
  /** Origin and prefix, "" for our own origin. */
  base?: string;
  /** Gives the bearer token for requests that need one. */
  token?: () => Promise<string>;
  fetch?: typeof fetch;
}

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions = {}) {
    this.#options = options;
  }

  /** The absolute address of `path`, under /api/v1. */
  url(path: string): string {
    return `${this.#options.base ?? ''}/api/v1${path}`;
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>('PUT', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.request<T>('DELETE', path);
  }

  /** Make a request with JSON both ways; null for 204. Throws ApiError. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers, credentials: 'same-origin' };
    if (body !== undefined) init.body = JSON.stringify(body);
    Object.assign(headers, await this.authorization());
    const send = this.#options.fetch ?? fetch;
    let response: Response;
    try {
      response = await send(this.url(path), init);
    } catch {
      throw new ApiError(0, 'network', 'the server cannot be reached');
    }
    if (!response.ok) {
      const { status } = response;
      throw apiError(status, await response.text(), response.headers.get('retry-after'));
    }
    return response.status === 204 ? (null as T) : ((await response.json()) as T);
  }

  async authorization(): Promise<Record<string, string>> {
    const token = await this.#options.token?.();
    return token ? { authorization: `Bearer ${token}` } : {};
  }
}

/** A short-lived token, fetched when it is missing, refused or nearly over. */
export class Tokens {
  readonly #fetch: () => Promise<{ token: string; expires_in: number }>;
  readonly #now: () => number;
  #last: { token: string; until: number } | null = null;
  #asking: Promise<string> | null = null;

  /** `expires_in` is in seconds, `now` in milliseconds. */
  constructor(
    fetchToken: () => Promise<{ token: string; expires_in: number }>,
    now: () => number = Date.now,
  ) {
    this.#fetch = fetchToken;
    this.#now = now;
  }

  /** Return a token that is good for half a minute at least. */
  get(fresh = false): Promise<string> {
    if (fresh) this.#last = null;
    if (this.#last && this.#last.until - this.#now() > 30_000) {
      return Promise.resolve(this.#last.token);
    }
    this.#asking ??= this.#fetch()
      .then((answer) => this.put(answer))
      .finally(() => {
        this.#asking = null;
      });
    return this.#asking;
  }

  /** Take a token that came with another answer. */
  put(answer: { token: string; expires_in: number }): string {
    this.#last = { token: answer.token, until: this.#now() + answer.expires_in * 1000 };
    return answer.token;
  }
}
