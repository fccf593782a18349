/**
 * The payment page. Its path has a pause rule (`/pay*`), so a curtain is down here; and the card
 * is asked in a frame of another origin, which no recorder of this page could look into.
 */
import { checkout } from './checkout.words.js';
import { cart, lang, make, money, show } from './page.js';

const w = checkout[lang];

show(
  w.payTitle,
  make('h1', {}, w.payTitle),
  make('p', { class: 'lead' }, w.payLead),
  make('p', { class: 'total' }, `${w.paySum} ${money.format(cart.total())}`),
  // Without allow-same-origin the frame has an origin of its own, like that of a payment service.
  make('iframe', {
    class: 'provider',
    title: w.payFrame,
    src: `provider?lang=${lang}`,
    sandbox: 'allow-scripts allow-forms',
  }),
  make('p', {}, make('a', { href: 'checkout' }, w.title)),
  make('p', {}, w.demo),
);
