/**
 * The payment page. Its path has a pause rule (`/pay*`), so a curtain is down here; and the card
 * is asked in a frame of another origin, which no recorder of this page could look into. A call that
 * is recorded is not, as long as this page is shown.
 */
import { checkout } from './checkout.words.js';
import { cart, lang, make, money, show } from './page.js';

const w = checkout[lang];

if (!window.Tiski) {
  const q = []; // the loader takes these when it has come
  window.Tiski = Object.assign((...call) => q.push(call), { q });
}
window.Tiski('recording:pause');

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
