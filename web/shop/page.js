/**
 * What every page of the demo shop has: its words and money, the header and footer, the cart, and
 * the one script tag that a shop needs for the chat.
 */
import { LANGS, products, words } from './catalogue.js';

export const lang = pickLang();
export const t = words[lang];
export const money = new Intl.NumberFormat(lang === 'en' ? 'en-IE' : `${lang}-FI`, {
  style: 'currency',
  currency: 'EUR',
});

function pickLang() {
  const kept = localStorage.getItem('shop.lang');
  const wanted = kept ?? navigator.language.slice(0, 2);
  return LANGS.includes(wanted) ? wanted : 'en';
}

/** Make an element. `props`: attributes, or `on...` handlers. Text is never read as HTML. */
export function make(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) element[key] = value;
    else if (value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

export const cart = {
  items: () => JSON.parse(localStorage.getItem('shop.cart') ?? '{}'),
  set(id, count) {
    const items = cart.items();
    if (count > 0) items[id] = count;
    else delete items[id];
    localStorage.setItem('shop.cart', JSON.stringify(items));
  },
  /** What is in it: `[product, how many]`, of what the shop still sells. */
  lines: () =>
    Object.entries(cart.items()).flatMap(([id, count]) => {
      const found = products.find((candidate) => candidate.id === id);
      return found ? [[found, count]] : [];
    }),
  total: () => cart.lines().reduce((sum, [{ price }, count]) => sum + price * count, 0),
  count: () => Object.values(cart.items()).reduce((sum, count) => sum + count, 0),
};

function header() {
  const choice = make(
    'select',
    {
      'aria-label': t.language,
      onchange: (event) => {
        localStorage.setItem('shop.lang', event.target.value);
        location.reload();
      },
    },
    ...LANGS.map((code) =>
      make('option', { value: code, selected: code === lang, lang: code }, words[code].name),
    ),
  );
  return make(
    'header',
    { class: 'top' },
    make('a', { class: 'skip', href: '#main' }, t.skip),
    make(
      'a',
      { class: 'mark', href: './' },
      make('img', { src: 'art/mark.svg', alt: '', width: 32, height: 32 }),
      'Demo Shop',
    ),
    make(
      'nav',
      { 'aria-label': t.menu },
      ...products.map(({ id, ...product }) =>
        make('a', { href: id, 'aria-current': here(id) && 'page' }, product[lang].short),
      ),
      make('a', { href: 'configurator', 'aria-current': here('configurator') && 'page' }, t.build),
      make('a', { href: 'catalogue', 'aria-current': here('catalogue') && 'page' }, t.everything),
    ),
    choice,
    make(
      'a',
      { class: 'cart-link', href: 'account', 'aria-current': here('account') && 'page' },
      window.TISKI?.customer?.name ?? t.account,
    ),
    make(
      'a',
      { class: 'cart-link', href: 'cart', 'aria-current': here('cart') && 'page' },
      t.cart,
      ' ',
      make('b', { id: 'count' }, String(cart.count())),
    ),
  );
}

function here(name) {
  const { page, product } = document.body.dataset;
  return name === (product ?? page);
}

/**
 * The whole of what a shop does: one script tag, and for a customer who is signed in the word of
 * the shop's server. Here both come from the demo server (`server/http/shop.py`).
 */
function embedChat() {
  if (!window.TISKI) return;
  const { origin, site, identify } = window.TISKI;
  window.Tiski ??= (...call) => {
    window.Tiski.q ??= [];
    window.Tiski.q.push(call);
  };
  if (identify) window.Tiski('identify', identify);
  const script = make('script', {
    src: `${origin}/loader.js`,
    'data-site': site,
    'data-color': '#1f6f54',
  });
  script.async = true;
  document.head.append(script);
}

/** Fill the page around its own content; `title` goes before the shop's name. */
export function show(title, ...content) {
  if (title) document.title = `${title} · Demo Shop`;
  document.documentElement.lang = lang;
  document.body.replaceChildren(
    header(),
    make('main', { id: 'main' }, ...content),
    make('footer', {}, t.footer),
  );
  embedChat();
}
