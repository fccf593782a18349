/**
 * The leave for somebody to do things in the page: given here, held by the page, taken back there
 * first. A grant that was not given in this tab is never handed to its page.
 */
import { computed, type ReadonlySignal } from '@preact/signals-core';
import type { Clock } from '@/client/clock.ts';
import type { Connection } from '@/client/connection.ts';
import type { CobrowseGrant, CobrowseState, ControlAsk } from '@/client/protocol.gen.ts';
import { ulid } from '@/client/ulid.ts';
import type { PageLink } from './pagelink.ts';
import type { Place } from './place.ts';

/** The version of the words that are agreed to (`widget/strings.*.ts`). */
const CONSENT = 'control-1';
const LIFE = 30_000; // ms that a grant outlives its page, until the next one shows its banner
const NOTED = 10_000; // ms between notes that its page is still there

export interface ControlOptions {
  connection: Pick<Connection, 'send' | 'now'>;
  cobrowse: ReadonlySignal<CobrowseState | null>;
  clock: Clock;
  link: PageLink;
  place: Place;
}

export class Control {
  readonly #o: ControlOptions;
  #handed: string | null = null; // what the page has, or what it shall not have any more
  #cancelNote: () => void = () => {};

  /** The state of what is shown here. */
  readonly #shown = computed(() => {
    const state = this.#o.cobrowse.value;
    return state?.id === this.#o.place.id.value ? state : null;
  });
  /** The grant that was given here and holds. */
  readonly grant: ReadonlySignal<CobrowseGrant | null> = computed(() => {
    const grant = this.#shown.value?.grant ?? null;
    return grant && grant.id === this.#o.place.grant.value ? grant : null;
  });
  /** Somebody's open wish. */
  readonly asked: ReadonlySignal<ControlAsk | null> = computed(() =>
    this.#o.place.grant.value ? null : (this.#shown.value?.asked ?? null),
  );

  constructor(options: ControlOptions) {
    this.#o = options;
  }

  /** Let the one who asked do what they asked for, for the time that the server gives. */
  async give(): Promise<void> {
    const { clock, connection, place } = this.#o;
    const asked = this.asked.value;
    const mine = place.now;
    if (!asked || !mine) return;
    const id = ulid(clock.now());
    place.note({ grant: { id, at: clock.now() } });
    try {
      await connection.send({
        t: 'cobrowse.control.grant',
        conv: mine.conv,
        cobrowse: mine.id,
        grant: id,
        caps: asked.caps,
        consent: CONSENT,
      });
    } catch {
      this.#forget(id); // the wish was taken back under the click
    }
  }

  decline(): void {
    const cobrowse = this.#o.place.id.value;
    if (cobrowse && this.asked.value) {
      this.#o.place.say({ t: 'cobrowse.control.decline', cobrowse });
    }
  }

  /** Take it back: in the page first. */
  takeBack(): void {
    const id = this.#o.place.grant.value;
    if (!id) return;
    this.#o.link.send({ t: 'grant', grant: null });
    this.released(id, false);
  }

  /** The page has taken it back, or its time is over. */
  released(grant: string, expired: boolean): void {
    const { place } = this.#o;
    const cobrowse = place.id.value;
    if (!cobrowse || place.grant.value !== grant) return;
    this.#forget(grant);
    this.#handed = grant;
    place.say({ t: 'cobrowse.control.release', cobrowse, grant, expired });
  }

  /** Drop a grant whose page is too long ago. */
  recall(): void {
    const { clock, place } = this.#o;
    const at = place.now?.grant?.at;
    if (at !== undefined && clock.now() - at > LIFE) place.note({ grant: null });
  }

  /** Another page has begun: it has no grant yet. */
  renew(): void {
    this.#handed = null;
    this.follow();
  }

  /** Give the page the grant, once; take away what is over. Call it in an effect. */
  follow(): void {
    const { connection, link, place } = this.#o;
    const state = this.#shown.value;
    const given = place.grant.value;
    if (!state || !link.started.value) return;
    const { grant } = state;
    if (grant && this.#handed !== grant.id) {
      this.#handed = grant.id;
      if (grant.id !== given) {
        const { id } = state;
        place.say({ t: 'cobrowse.control.release', cobrowse: id, grant: grant.id });
        return;
      }
      const { id, caps, agent, until } = grant;
      const left = until - connection.now();
      link.send({ t: 'grant', grant: { id, name: agent.name ?? '', caps, left } });
      this.#note();
    } else if (!grant && this.#handed) {
      const over = this.#handed;
      this.#handed = null;
      link.send({ t: 'grant', grant: null });
      this.#forget(over);
    }
  }

  #note(): void {
    this.#cancelNote();
    this.#cancelNote = this.#o.clock.after(NOTED, () => {
      const { clock, place } = this.#o;
      const id = place.now?.grant?.id;
      if (!id) return;
      place.note({ grant: { id, at: clock.now() } });
      this.#note();
    });
  }

  #forget(id: string): void {
    const { place } = this.#o;
    if (place.now?.grant?.id !== id) return;
    this.#cancelNote();
    place.note({ grant: null });
  }
}
