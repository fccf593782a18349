/**
 * What rings, whatever is open: offers of the router, transfers, and colleagues who ask for advice.
 * It takes no focus and covers nothing: it stands above the list, and over the rest only where the
 * list is not seen. A live region tells it.
 */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useEnv } from '../env';
import { keyOf, showKey } from '../keys';
import { visitorName } from '../names';
import { isMac } from '../platform';
import { ConsultCard } from './ConsultCard';
import { consultsOf } from './consults';
import { OfferCard } from './OfferCard';
import { offerKey, secondsLeft } from './offers';
import './offers.css';
import { useRinging } from './ringing';

/** `place`: in the list, or over everything where that is out of sight. */
export function OfferStack({ place }: { place: 'list' | 'over' | 'dialog' }): VNode | null {
  const { desk, q, screen, standing } = useEnv();
  const now = screen.now.value;
  const offers = standing.offers(now);
  const consults = consultsOf(desk.inbox.items.value, desk.id);
  if (offers.length === 0 && consults.length === 0) return null;
  return (
    <section class="offers" data-place={place} aria-label={q.offer.stack}>
      {offers.map((offer, at) => (
        <OfferCard key={offerKey(offer)} offer={offer} first={at === 0} />
      ))}
      {consults.map(({ row, consult }) => (
        <ConsultCard key={row.id} row={row} consult={consult} />
      ))}
    </section>
  );
}

/** The newest words of the live region. */
const news = signal('');

/** Tells those who do not see the cards, makes the sound, and reaches other windows. */
export function OfferNews(): VNode {
  const env = useEnv();
  const { desk, prefs, q, t } = env;
  useRinging(env, {
    offer(offer) {
      const accept = keyOf('offerAccept', prefs.keys.peek());
      const reject = keyOf('offerReject', prefs.keys.peek());
      const left = secondsLeft(offer.deadline_at, desk.connection.now());
      const said = q.offer.told(visitorName(offer.visitor, t), left);
      const keys = accept && reject;
      news.value = keys
        ? `${said} ${q.offer.keys(showKey(accept, isMac), showKey(reject, isMac))}`
        : said;
    },
    consult(consult) {
      news.value = q.consult.title(consult.by.name ?? '');
    },
  });
  useEffect(
    () => () => {
      news.value = '';
    },
    [],
  );
  // Assertive: it has to be answered within seconds.
  return (
    <div class="hidden-text" aria-live="assertive">
      {news.value}
    </div>
  );
}
