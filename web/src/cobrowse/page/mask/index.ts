/**
 * The sanitizer: rrweb's events go in, and out comes what may leave the page.
 *
 * It works in the shopper's page, before anything is sent, and judges the live page, not only the
 * event: what an element stands in, what a field holds, what a text says together with its
 * neighbours. Whatever it cannot judge it throws on, and the recorder drops that event and takes a
 * snapshot anew. docs/cobrowse.md lists the rules and what they do not cover.
 */
import type { eventWithTime } from '@rrweb/types';
import type { SiteRules } from '@/cobrowse/bridge.ts';
import type { Masked } from '@/cobrowse/wire.gen.ts';
import { cleanLink } from './addresses.ts';
import { Cleaner, type Mirror } from './clean.ts';
import { Engine } from './engine.ts';
import { neverShown } from './fields.ts';
import { hiddenIn } from './hidden.ts';
import { recordOptions } from './options.ts';
import type { RecordOptions, Rule, Site } from './rule.ts';
import { RULES } from './rules.ts';

export type { Mirror } from './clean.ts';
export type { Rule } from './rule.ts';
export { RULES } from './rules.ts';
export { DARK_WISH } from './scheme.ts';

export interface Masker {
  /** How an element is treated: `block` (empty box), `mask` (texts and values), or null. */
  treatment(element: Element): 'block' | 'mask' | null;
  /** Never filled, clicked into or read: password, cc-*, one-time-code, file, hidden, masked or blocked. */
  sensitive(element: Element): boolean;
  /** `data-cobrowse=nocontrol` or the site's selectors, on it or on what it stands in. */
  nocontrol(element: Element): boolean;
  /** What of the page is hidden: for the preview and the line that says how much. */
  hidden(root: Document): { elements: Element[]; ranges: Range[] };
  /** A text about the page (its title) without what is hidden in it. */
  plain(text: string): string;
  /** An address without query, fragment and keys. */
  address(href: string): string;
  /** rrweb's options that go with the rules. */
  readonly options: RecordOptions;
  /**
   * rrweb events in, clean events out, or null when nothing of one may be sent. `renew` is called
   * when a snapshot is due because what was sent before was judged otherwise.
   */
  clean(event: eventWithTime, mirror: Mirror, renew: () => void): eventWithTime | null;
  /** How much was hidden in what was sent and is in the page still. */
  readonly counts: Omit<Masked, 't'>;
}

/**
 * Make a sanitizer for a site.
 *
 * @throws RangeError when the browser does not know one of the site's selectors: hiding less than
 * the site asked for is not an option.
 */
export function createMasker(rules: SiteRules, applied: readonly Rule[] = RULES): Masker {
  const site: Site = {
    mask: selectors(rules.mask),
    block: selectors(rules.block),
    nocontrol: selectors(rules.nocontrol),
  };
  const engine = new Engine(applied, site);
  const cleaner = new Cleaner(engine, applied);
  const fresh = <T>(judge: () => T): T => {
    engine.begin();
    return judge();
  };
  return {
    treatment: (element) =>
      fresh(() => {
        const { hide } = engine.placeOf(element);
        return hide === 'empty' ? 'block' : hide;
      }),
    sensitive: (element) => fresh(() => neverShown(element) || engine.placeOf(element).marked),
    nocontrol: (element) => fresh(() => engine.uncontrolled(element)),
    hidden: (root) => fresh(() => hiddenIn(root, engine)),
    plain: (text) => {
      engine.fields.refresh();
      return engine.plain(text);
    },
    address: (href) => cleanLink(href, engine.around.secret),
    options: recordOptions(applied, engine),
    clean: (event, mirror, renew) => cleaner.clean(event, mirror, renew),
    get counts() {
      return cleaner.counts;
    },
  };
}

function selectors(list: readonly string[]): string {
  const nothing = document.createDocumentFragment();
  for (const selector of list) {
    try {
      nothing.querySelector(selector);
    } catch (error) {
      throw new RangeError(`not a selector: ${selector}`, { cause: error });
    }
  }
  return list.join(',');
}
