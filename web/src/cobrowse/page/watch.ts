/**
 * Notices what becomes of the page while it is shown: where a single-page shop goes, its title and
 * size, and whether it must not be seen (`SiteRules.pause`, `data-cobrowse="pause"` in the page).
 *
 * Being late must not show anything, so there are three ways to notice, from early to sure: the
 * Navigation API says before the address changes; `look`, called four times a second, finds what it
 * does not say, or where there is no such API; and `look` is called before anything is sent.
 */
import type { Page } from '@/client/protocol.gen.ts';
import type { Masker } from './mask/index.ts';
import { pauses } from './paths.ts';

const PAUSED = '[data-cobrowse="pause" i]';

export interface Watched {
  /** The curtain of the page's own comes down (at once) or goes up. */
  curtain(down: boolean): void;
  /** Where the shopper is now, or a new title or size. */
  page(page: Page, width: number, height: number): void;
}

export class Watch {
  readonly #patterns: readonly string[];
  readonly #masker: Masker;
  readonly #watched: Watched;
  readonly #over = new AbortController();
  #down = false;
  #told = '';
  /** The one element found last; as long as it stands, no other is looked for. */
  #pausing: Element | null = null;

  constructor(patterns: readonly string[], masker: Masker, watched: Watched) {
    this.#patterns = patterns;
    this.#masker = masker;
    this.#watched = watched;
    const { signal } = this.#over;
    const listen = { capture: true, signal };
    window.navigation?.addEventListener(
      'navigate',
      ({ destination }) => {
        if (destination.sameDocument && pauses(patterns, destination.url)) this.#turn(true);
      },
      { signal },
    );
    window.navigation?.addEventListener('currententrychange', () => this.look(), { signal });
    addEventListener('popstate', () => this.look(), listen);
    addEventListener('hashchange', () => this.look(), listen);
    this.look();
  }

  /** Whether the page may be seen now; tells what has changed. */
  look(): boolean {
    this.#turn(pauses(this.#patterns, location.href) || this.#marked());
    const page = pageNow(this.#masker, this.#down);
    const { innerWidth, innerHeight } = window;
    const told = JSON.stringify([page, innerWidth, innerHeight]);
    if (told !== this.#told) {
      this.#told = told;
      this.#watched.page(page, innerWidth, innerHeight);
    }
    return !this.#down;
  }

  /** Tell the page anew, as to somebody who has heard nothing. */
  retell(): void {
    this.#told = '';
    this.look();
  }

  stop(): void {
    this.#over.abort();
  }

  #marked(): boolean {
    if (!this.#pausing?.isConnected || !this.#pausing.matches(PAUSED))
      this.#pausing = document.querySelector(PAUSED);
    return this.#pausing !== null;
  }

  #turn(down: boolean): void {
    if (down === this.#down) return;
    this.#down = down;
    this.#watched.curtain(down);
  }
}

/** The page, without what is hidden of its address and title. A paused page's title is its own. */
export function pageNow(masker: Masker, paused = false): Page {
  const title = paused ? '' : masker.plain(document.title.replace(/^\(\d+\) /, ''));
  return { url: masker.address(location.href), title };
}
