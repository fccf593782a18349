/**
 * When nothing is shown: by the shopper's wish, or on a page for paying. The page's own curtain is
 * at once; the conversation's pause, which the server keeps to, follows it.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { CobrowseState } from '@/client/protocol.gen.ts';
import type { PageLink } from './pagelink.ts';
import type { Place } from './place.ts';
import type { Curtain } from './wire.gen.ts';

export type Reason = NonNullable<CobrowseState['pause']>;

export interface PausingOptions {
  cobrowse: ReadonlySignal<CobrowseState | null>;
  link: PageLink;
  place: Place;
}

export class Pausing {
  readonly #o: PausingOptions;
  /** The shopper's wish, before the server knows. */
  readonly #wanted = signal(false);
  /** Why the page itself lets its curtain down; undefined: it has not said yet. */
  readonly #curtain = signal<Curtain['reason'] | undefined>(undefined);
  #said: 'pause' | 'resume' | null = null;
  #told: Reason | null = null;

  /** The state of what is shown here. */
  readonly #shown = computed(() => {
    const state = this.#o.cobrowse.value;
    return state?.id === this.#o.place.id.value ? state : null;
  });
  /** Why nothing is shown at the moment. */
  readonly reason: ReadonlySignal<Reason | null> = computed(() => {
    if (this.#wanted.value) return 'shopper';
    if (this.#curtain.value === 'page') return 'page';
    return this.#shown.value?.pause ?? null;
  });

  constructor(options: PausingOptions) {
    this.#o = options;
  }

  /** The shopper lets the curtain down: in the page first. */
  pause(): void {
    const { link, place } = this.#o;
    const cobrowse = place.id.value;
    if (!cobrowse) return;
    this.#wanted.value = true;
    this.#told = 'shopper';
    link.send({ t: 'curtain', reason: 'shopper' });
    place.say({ t: 'cobrowse.pause', cobrowse, reason: 'shopper' });
  }

  /** The shopper lets it up: the page follows when the server has agreed. */
  resume(): void {
    const cobrowse = this.#o.place.id.value;
    this.#wanted.value = false;
    if (cobrowse) this.#o.place.say({ t: 'cobrowse.resume', cobrowse });
  }

  /** Another page begins. `before`: the curtain that viewers see, before the state is known. */
  renew(before: Curtain | null): void {
    this.#curtain.value = undefined;
    const shown = this.#shown.value;
    const reason = shown ? shown.pause : before?.down ? before.reason : null;
    this.#told = reason === 'shopper' || reason === 'identity' ? reason : null;
    if (this.#told) this.#o.link.send({ t: 'curtain', reason: this.#told });
  }

  /** What the page says of its curtain; null: it shows itself. A hidden tab changes no pause. */
  said(curtain: Curtain | null): void {
    if (curtain?.reason === 'hidden' || !curtain) this.#curtain.value ??= null;
    else this.#curtain.value = curtain.down ? (curtain.reason ?? null) : null;
  }

  forget(): void {
    this.#wanted.value = false;
    this.#curtain.value = undefined;
    this.#said = null;
    this.#told = null;
  }

  /** Keep the durable pause in step with the page, and the page with it. Call it in an effect. */
  follow(): void {
    const { link, place } = this.#o;
    const state = this.#shown.value;
    const curtain = this.#curtain.value;
    if (!state) return;
    if (state.pause === 'shopper') this.#wanted.value = false;
    const wanted = this.#wanted.value ? 'shopper' : state.pause;
    const reason = wanted === 'shopper' || wanted === 'identity' ? wanted : null;
    if (reason !== this.#told) {
      this.#told = reason;
      link.send({ t: 'curtain', reason });
    }
    let want: 'pause' | 'resume' | null = null;
    if (state.state === 'on' && curtain === 'page') want = 'pause';
    else if (state.pause === 'page' && curtain !== 'page' && curtain !== undefined) want = 'resume';
    if (want === this.#said) return;
    this.#said = want;
    const cobrowse = state.id;
    if (want === 'pause') place.say({ t: 'cobrowse.pause', cobrowse, reason: 'page' });
    if (want === 'resume') place.say({ t: 'cobrowse.resume', cobrowse });
  }
}
