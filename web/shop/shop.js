/**
 * The demo shop's front, products and cart, drawn from `catalogue.js`, with real page loads in
 * between, as most shops have them.
 */
import { products } from './catalogue.js';
import { cart, lang, make, money, show, t } from './page.js';

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
  const { price, stock, ...rest } = products.find((candidate) => candidate.id === id);
  const { title, lead, text, facts } = rest[lang];
  const told = make('p', { role: 'status', class: 'told' });
  const buy = () => {
    cart.set(id, (cart.items()[id] ?? 0) + 1);
    document.querySelector('#count').textContent = String(cart.count());
    told.textContent = t.added;
  };
  return [
    title,
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
  const lines = cart.lines();
  if (lines.length === 0) {
    return [
      make('h1', {}, t.cart),
      make('p', {}, t.empty),
      make('a', { class: 'buy', href: './' }, t.browse),
    ];
  }
  const rows = lines.map(([{ id, price, ...rest }, count]) => {
    const { title } = rest[lang];
    const remove = () => {
      cart.set(id, 0);
      location.reload();
    };
    return make(
      'li',
      {},
      make('img', { src: `art/${id}.svg`, alt: '', width: 96, height: 72 }),
      make('a', { class: 'row-name', href: id }, title),
      make('span', {}, `${count} × ${money.format(price)}`),
      make('button', { type: 'button', class: 'remove', onclick: remove }, t.remove(title)),
    );
  });
  return [
    make('h1', {}, t.cart),
    make('ul', { class: 'rows' }, ...rows),
    make('p', { class: 'total' }, `${t.total} ${money.format(cart.total())}`),
    make('a', { class: 'buy', href: 'checkout' }, t.checkout),
    make('p', {}, t.demo),
  ];
}

const { page, product: id } = document.body.dataset;
if (page === 'product') show(...product(id));
else if (page === 'cart') show(t.cart, ...cartPage());
else show('', ...home());
