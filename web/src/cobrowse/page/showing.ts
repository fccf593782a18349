/**
 * One co-browsing on this page, from `prepare` to its end. Whether anything is recorded is decided
 * in one place (`#settle`): the shopper agreed, somebody looks, no curtain is down, and the frame
 * can send it on.
 */
import type { FrameToPage, Grant, PageToFrame, PageWords, SiteRules } from '../bridge.ts';
import type { Operate, Viewer } from '../wire.gen.ts';
import { onEscape } from './escape.ts';
import { Face } from './face.ts';
import { Windows } from './frames.ts';
import { Leave } from './leave.ts';
import type { Masker } from './mask/index.ts';
import { Recording } from './recording.ts';
import { Watch } from './watch.ts';

const BEAT = 250; // ms

export type Tell = (message: PageToFrame, transfer?: Transferable[]) => void;

export class Showing {
  readonly #rules: SiteRules;
  readonly #words: PageWords;
  readonly #masker: Masker;
  readonly #tell: Tell;
  readonly #over = new AbortController();
  #face: Face | null = null;
  #windows: Windows | null = null;
  #watch: Watch | null = null;
  #recording: Recording | null = null;
  #leave: Leave | null = null;
  #viewers: readonly Viewer[] = [];
  /** The page's own curtain, and that of the shopper or of an identification. */
  #down = false;
  #paused = false;
  #online = true;
  #away = false;

  constructor(rules: SiteRules, words: PageWords, masker: Masker, tell: Tell) {
    this.#rules = rules;
    this.#words = words;
    this.#masker = masker;
    this.#tell = tell;
  }

  receive(message: FrameToPage): void {
    if (this.#over.signal.aborted) return;
    switch (message.t) {
      case 'start':
        this.#start(message.epoch);
        break;
      case 'snapshot':
        this.#recording?.snapshot();
        break;
      case 'viewers':
        this.#viewers = message.viewers;
        this.#face?.marks.viewers(message.viewers);
        this.#settle();
        break;
      case 'choke':
        this.#recording?.choke(message.on);
        break;
      case 'curtain':
        this.#paused = message.reason !== null;
        this.#settle();
        break;
      case 'sharing':
        this.#online = message.on;
        if (!message.on) this.#face?.marks.clear();
        this.#settle();
        break;
      case 'preview':
        this.#shown().preview.turn(message.on);
        this.#show();
        break;
      case 'grant':
        this.#grant(message.grant);
        break;
      case 'operate':
        void this.#operate(message);
        break;
      case 'pointer':
      case 'stroke':
      case 'highlight':
      case 'clear':
        this.#face?.marks.mark(message);
        break;
      case 'stop':
        this.end();
        break;
      case 'prepare':
        break; // the session's
      default:
        message satisfies never;
    }
  }

  /** Take everything away, at once. */
  end(): void {
    this.#leave?.give(null);
    this.#recording?.stop();
    this.#over.abort();
    this.#watch?.stop();
    this.#face?.remove();
  }

  #start(epoch: number): void {
    if (this.#recording) return;
    this.#recording = new Recording(this.#masker, epoch, {
      may: () => this.#watch?.look() ?? false,
      send: (data) => this.#tell({ t: 'data', data }, [data]),
      counted: (masked) => this.#tell(masked),
      trouble: (why) => this.#tell({ t: 'trouble', why }),
    });
    this.#leave = new Leave(
      this.#masker,
      this.#recording,
      () => this.#watch?.look() === true && this.#open(),
    );
    this.#watch = new Watch(this.#rules.pause, this.#masker, {
      curtain: (down) => this.#curtain(down),
      page: (page, width, height) => this.#tell({ t: 'page', page, width, height }),
    });
    this.#shown().marks.viewers(this.#viewers);
    if (this.#face?.preview.on) this.#preview(false); // it was looked at; now the page is used
    const { signal } = this.#over;
    addEventListener('pagehide', () => this.#depart(), { signal });
    addEventListener('pageshow', ({ persisted }) => persisted && this.#comeBack(), { signal });
    this.#settle();
  }

  /** The curtain of the page's own: what is recorded has stopped before anybody hears of it. */
  #curtain(down: boolean): void {
    this.#down = down;
    if (down) this.#settle();
    this.#tell({ t: 'curtain', down, reason: down ? 'page' : null });
    if (!down) this.#settle();
  }

  #settle(): void {
    this.#recording?.turn(this.#viewers.length > 0 && this.#open());
    this.#show();
  }

  #open(): boolean {
    return !this.#down && !this.#paused && this.#online && !this.#away;
  }

  #grant(grant: Grant | null): void {
    this.#leave?.give(grant);
    this.#show();
  }

  async #operate(operate: Operate): Promise<void> {
    const code = (await this.#leave?.operate(operate)) ?? 'no_grant';
    this.#tell({ t: 'operated', id: operate.id, code });
  }

  #stop(): void {
    if (!this.#recording) return;
    this.end();
    this.#tell({ t: 'stopped' });
  }

  #release(expired: boolean): void {
    const grant = this.#leave?.warrant?.id;
    this.#grant(null);
    if (grant !== undefined) this.#tell({ t: 'released', grant, expired });
  }

  #preview(on: boolean): void {
    this.#shown().preview.turn(on);
    this.#show();
    this.#tell({ t: 'preview', on });
  }

  /** One press of Esc undoes the newest thing: the preview, then control, then the sharing. */
  #escape(): boolean {
    if (this.#face?.preview.on) this.#preview(false);
    else if (this.#leave?.warrant) this.#release(false);
    else if (this.#recording) this.#stop();
    else return false;
    return true;
  }

  /** Another page, perhaps; or this one is kept as it is, to be come back to. */
  #depart(): void {
    this.#away = true;
    this.#leave?.give(null); // the frame gives what is left of it to the page it finds
    this.#settle();
  }

  #comeBack(): void {
    this.#away = false;
    this.#watch?.retell();
    this.#settle();
  }

  #shown(): Face {
    this.#face ??= this.#appear();
    return this.#face;
  }

  #appear(): Face {
    const { signal } = this.#over;
    const face = new Face(this.#words, this.#masker, (id) => this.#recording?.nodeOf(id) ?? null, {
      stop: () => this.#stop(),
      takeBack: () => this.#release(false),
      preview: (on) => this.#preview(on),
    });
    this.#windows = new Windows((view) => {
      onEscape(view, signal, () => this.#escape());
      this.#leave?.listen(view, signal);
    });
    const timer = setInterval(() => this.#beat(), BEAT);
    signal.addEventListener('abort', () => clearInterval(timer));
    return face;
  }

  #beat(): void {
    this.#windows?.look();
    this.#watch?.look();
    this.#face?.follow();
    const warrant = this.#leave?.warrant;
    if (warrant && !warrant.left(performance.now())) this.#release(true);
    this.#show();
  }

  #show(): void {
    const now = performance.now();
    const warrant = this.#leave?.warrant;
    this.#face?.show({
      sharing: this.#recording !== null,
      viewers: this.#viewers.map(({ person, colour }) => ({ name: person.name ?? '', colour })),
      paused: this.#down || this.#paused,
      control: warrant
        ? { name: warrant.name, left: warrant.left(now), busy: warrant.busy(now) }
        : null,
    });
  }
}
