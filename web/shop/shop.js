/**
 * The demo shop: an outdoor shop of four products, drawn from `catalogue.js`. It shows how a shop
 * embeds the chat (`embedChat`), with real page loads in between, as most shops have them.
 */
import { LANGS, products, words } from './catalogue.js';

const lang = pickLang();
const t = words[lang];
const money = new Intl.NumberFormat(lang === 'en' ? 'en-IE' : `${lang}-FI`, {
  style: 'currency',
  currency: 'EUR',
});

function pickLang() {
  const kept = localStorage.getItem('shop.lang');
  const wanted = kept ?? navigator.language.slice(0, 2);
  return LANGS.includes(wanted) ? wanted : 'en';
}

/** Make an element. `props`: attributes, or `on...` handlers. Text is never read as HTML. */
function make(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) element[key] = value;
    else if (value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

const cart = {
  items: () => JSON.parse(localStorage.getItem('shop.cart') ?? '{}'),
  set(id, count) {
    const items = cart.items();
    if (count > 0) items[id] = count;
    else delete items[id];
    localStorage.setItem('shop.cart', JSON.stringify(items));
  },
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
    ),
    choice,
    make(
      'a',
      {
        class: 'cart-link',
        href: 'cart',
        'aria-current': document.body.dataset.page === 'cart' && 'page',
      },
      t.cart,
      ' ',
      make('b', { id: 'count' }, String(cart.count())),
    ),
  );
}

function here(id) {
  return document.body.dataset.product === id;
}

function card({ id, price, ...product }) {
  return make(
    'a',
    { class: 'card', href: id },
    make('img', { src: `art/${id}.svg`, alt: '', width: 480, height: 360 }),
    make('strong', {}, product[lang].title),
    make('span', {}, product[lang].lead),
    make('b', {}, money.format(price)),
  );
}

function home() {
  return [
    make(
      'section',
      { class: 'hero' },
      make(
        'div',
        {},
        make('h1', {}, t.hero),
        make('p', {}, t.heroLead),
        make('a', { class: 'buy', href: products[0].id }, t.heroAction),
      ),
    ),
    make('section', { class: 'grid', 'aria-label': t.menu }, ...products.map(card)),
    make('ul', { class: 'promises' }, ...t.promises.map((text) => make('li', {}, text))),
  ];
}

function product(id) {
  const found = products.find((candidate) => candidate.id === id);
  const { price, stock, ...rest } = found;
  const { title, lead, text, facts } = rest[lang];
  document.title = `${title} · Demo Shop`;
  const told = make('p', { role: 'status', class: 'told' });
  const buy = () => {
    cart.set(id, (cart.items()[id] ?? 0) + 1);
    document.querySelector('#count').textContent = String(cart.count());
    told.textContent = t.added;
  };
  return [
    make(
      'article',
      { class: 'product' },
      make('img', { src: `art/${id}.svg`, alt: title, width: 480, height: 360 }),
      make(
        'div',
        {},
        make('h1', {}, title),
        make('p', { class: 'lead' }, lead),
        make('p', { class: 'price' }, money.format(price)),
        make('p', { class: 'stock' }, t.stock(stock)),
        make('button', { class: 'buy', type: 'button', onclick: buy }, t.add),
        told,
        make('p', {}, text),
        make('ul', { class: 'facts' }, ...facts.map((fact) => make('li', {}, fact))),
        make(
          'button',
          { class: 'ask', type: 'button', onclick: () => window.Tiski?.('open') },
          t.ask,
        ),
      ),
    ),
    make('h2', {}, t.more),
    make('section', { class: 'grid' }, ...products.filter((other) => other.id !== id).map(card)),
  ];
}

function cartPage() {
  document.title = `${t.cart} · Demo Shop`;
  const items = Object.entries(cart.items());
  if (items.length === 0) {
    return [
      make('h1', {}, t.cart),
      make('p', {}, t.empty),
      make('a', { class: 'buy', href: './' }, t.browse),
    ];
  }
  let total = 0;
  const rows = items.flatMap(([id, count]) => {
    const found = products.find((candidate) => candidate.id === id);
    if (!found) return [];
    total += found.price * count;
    const { title } = found[lang];
    const remove = () => {
      cart.set(id, 0);
      location.reload();
    };
    return make(
      'li',
      {},
      make('img', { src: `art/${id}.svg`, alt: '', width: 96, height: 72 }),
      make('a', { class: 'row-name', href: id }, title),
      make('span', {}, `${count} × ${money.format(found.price)}`),
      make('button', { type: 'button', class: 'remove', onclick: remove }, t.remove(title)),
    );
  });
  return [
    make('h1', {}, t.cart),
    make('ul', { class: 'rows' }, ...rows),
    make('p', { class: 'total' }, `${t.total} ${money.format(total)}`),
    make('p', {}, t.demo),
  ];
}

/** The whole of what a shop does: one script tag. Here the address comes from the demo server. */
function embedChat() {
  if (!window.TISKI) return;
  const { origin, site } = window.TISKI;
  const script = make('script', {
    src: `${origin}/loader.js`,
    'data-site': site,
    'data-color': '#1f6f54',
  });
  script.async = true;
  document.head.append(script);
}

const { page, product: id } = document.body.dataset;
document.documentElement.lang = lang;
document.body.replaceChildren(
  header(),
  make(
    'main',
    { id: 'main' },
    ...(page === 'product' ? product(id) : page === 'cart' ? cartPage() : home()),
  ),
  make('footer', {}, t.footer),
);
embedChat();
