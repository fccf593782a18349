/** One port to the frame: prepares a co-browsing for each `prepare`, and passes on what it says. */
import type { FrameToPage, PageToFrame, PageWords, SiteRules, Trouble } from '../bridge.ts';
import type { Masker } from './mask/index.ts';
import { pauses } from './paths.ts';
import { Showing } from './showing.ts';
import { pageNow } from './watch.ts';

export class Session {
  readonly #port: MessagePort;
  #showing: Showing | null = null;
  /** What came while the masker was on its way. */
  #waiting: FrameToPage[] | null = null;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FrameToPage>) => this.#receive(data);
  }

  /** End without a word: somebody else has taken over. */
  close(): void {
    this.#closed = true;
    this.#showing?.end();
    this.#port.close();
  }

  #receive(message: FrameToPage): void {
    if (this.#waiting) this.#waiting.push(message);
    else if (message.t === 'prepare') void this.#prepare(message.rules, message.words);
    else this.#showing?.receive(message);
  }

  async #prepare(rules: SiteRules, words: PageWords): Promise<void> {
    this.#showing?.end();
    this.#showing = null;
    // A page in somebody's frame may be dressed up: what is agreed to there is not what is seen.
    if (window.top !== window) return this.#tell({ t: 'trouble', why: 'framed' });
    this.#waiting = [];
    const masker = await this.#masker(rules);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (this.#closed) return;
    if (typeof masker === 'string') return this.#tell({ t: 'trouble', why: masker });
    this.#showing = new Showing(rules, words, masker, (message, transfer) =>
      this.#tell(message, transfer),
    );
    this.#tell({ t: 'ready', page: pageNow(masker, pauses(rules.pause, location.href)) });
    for (const message of waiting) this.#receive(message);
  }

  async #masker(rules: SiteRules): Promise<Masker | Trouble> {
    try {
      const { createMasker } = await import('./mask/index.ts');
      return createMasker(rules);
    } catch (error) {
      // A selector that this browser does not know: nobody could say what is hidden.
      return error instanceof RangeError ? 'rules' : 'recorder';
    }
  }

  #tell(message: PageToFrame, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
