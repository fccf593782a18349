/**
 * The checkout: one long form, with a summary beside it that repeats what was typed, as shops
 * have them. What the summary repeats of a hidden field is hidden from an agent as well.
 *
 * `data-cobrowse` shows how a shop marks its page: choices that hold nothing private may be seen,
 * the identity code and the membership never, and consents are the shopper's own to tick.
 */
import { checkout } from './checkout.words.js';
import { cart, lang, make, money, show } from './page.js';

const w = checkout[lang];
const WAYS = { locker: 4.9, home: 9.9, shop: 0 };
const GIFT = 3.5;
const CARD_LENGTH = 200;

const value = (name) => form.elements[name]?.value.trim() ?? '';

/** One labelled field. `more`: attributes of the input; `hint`: words under it. */
function field(name, label, { hint, wide, element = 'input', children = [], ...more } = {}) {
  const told = hint && make('small', { id: `${name}-hint` }, hint);
  return make(
    'p',
    { class: wide ? 'field wide' : 'field' },
    make('label', { for: name }, label),
    make(
      element,
      { id: name, name, 'aria-describedby': hint ? `${name}-hint` : false, ...more },
      ...children,
    ),
    ...(told ? [told] : []),
  );
}

function group(title, props, ...children) {
  return make('fieldset', props, make('legend', {}, title), ...children);
}

function tick(name, label, props = {}) {
  return make(
    'label',
    { class: 'tick' },
    make('input', { type: 'checkbox', name, ...props }),
    make('span', {}, label),
  );
}

const options = (texts) =>
  Object.entries(texts).map(([key, text]) => make('option', { value: key }, text));

function contact() {
  return group(
    w.contact,
    {},
    field('email', w.email, { type: 'email', autocomplete: 'email', required: true }),
    field('phone', w.phone, { type: 'tel', autocomplete: 'tel', hint: w.phoneHint }),
  );
}

function address() {
  return group(
    w.address,
    {},
    field('given', w.given, { autocomplete: 'given-name', required: true }),
    field('family', w.family, { autocomplete: 'family-name', required: true }),
    field('company', `${w.company} (${w.optional})`, { autocomplete: 'organization', wide: true }),
    field('street', w.street, { autocomplete: 'address-line1', required: true, wide: true }),
    field('postal', w.postal, {
      autocomplete: 'postal-code',
      inputmode: 'numeric',
      required: true,
    }),
    field('city', w.city, { autocomplete: 'address-level2', required: true }),
    field('country', w.country, {
      element: 'select',
      autocomplete: 'country',
      'data-cobrowse': 'show',
      children: options(w.countries),
    }),
    field('door', `${w.door} (${w.optional})`, { element: 'textarea', rows: 2, wide: true }),
  );
}

function delivery() {
  const ways = Object.entries(WAYS).map(([key, price]) =>
    make(
      'label',
      { class: 'way' },
      make('input', { type: 'radio', name: 'way', value: key, checked: key === 'locker' }),
      make('span', {}, make('strong', {}, w.ways[key][0]), make('small', {}, w.ways[key][1])),
      make('b', {}, price ? money.format(price) : w.free),
    ),
  );
  return group(
    w.delivery,
    { 'data-cobrowse': 'show' },
    ...ways,
    field('locker', w.locker, {
      element: 'select',
      wide: true,
      children: options(Object.fromEntries(w.lockers.map((text) => [text, text]))),
    }),
  );
}

function gift() {
  const left = make('small', { id: 'left', role: 'status' }, w.left(CARD_LENGTH));
  const text = field('message', w.giftText, {
    element: 'textarea',
    rows: 3,
    maxlength: CARD_LENGTH,
    wide: true,
    'aria-describedby': 'left',
    'data-cobrowse': 'show',
    oninput: (event) => {
      left.textContent = w.left(CARD_LENGTH - event.target.value.length);
    },
  });
  text.append(left);
  return group(
    w.gift,
    {},
    tick('wrapped', `${w.giftSum}, ${money.format(GIFT)}`),
    field('recipient', w.giftTo, { 'data-cobrowse': 'show', autocomplete: 'off' }),
    text,
  );
}

function payment() {
  const methods = Object.entries(w.methods).map(([key, text]) =>
    make(
      'label',
      { class: 'way' },
      make('input', { type: 'radio', name: 'method', value: key, checked: key === 'card' }),
      make('span', {}, make('strong', {}, text)),
    ),
  );
  return group(
    w.payment,
    {},
    ...methods,
    make(
      'div',
      { class: 'fields', id: 'card' },
      field('cardname', w.cardName, { autocomplete: 'cc-name', wide: true }),
      field('cardnumber', w.cardNumber, {
        autocomplete: 'cc-number',
        inputmode: 'numeric',
        wide: true,
      }),
      field('expiry', w.expiry, { autocomplete: 'cc-exp', placeholder: w.expiryHint }),
      field('cvc', w.cvc, { autocomplete: 'cc-csc', inputmode: 'numeric', maxlength: 4 }),
    ),
    make(
      'div',
      { class: 'fields', id: 'instalments', hidden: true },
      field('code', w.code, { autocomplete: 'off', hint: w.codeHint, 'data-cobrowse': 'mask' }),
      field('months', w.months, {
        element: 'select',
        'data-cobrowse': 'show',
        children: options(Object.fromEntries([3, 6, 12].map((n) => [n, w.monthsOf(n)]))),
      }),
    ),
    field('voucher', `${w.voucher} (${w.optional})`, { autocomplete: 'off' }),
  );
}

function member() {
  const password = field('password', w.password, {
    type: 'password',
    autocomplete: 'new-password',
    minlength: 8,
  });
  password.hidden = true;
  const account = tick('account', w.account, {
    onchange: (event) => {
      password.hidden = !event.target.checked;
    },
  });
  return group(
    w.member,
    {},
    make(
      'p',
      { class: 'member wide', 'data-cobrowse': 'block' },
      make('strong', {}, w.memberText('1 240')),
    ),
    account,
    password,
  );
}

function consents() {
  return group(
    w.consents,
    { 'data-cobrowse': 'nocontrol' },
    tick('terms', w.terms, { required: true }),
    tick('newsletter', w.newsletter),
    make('input', { type: 'hidden', name: 'order', value: crypto.randomUUID() }),
  );
}

const row = (label, amount, props = {}) =>
  make('li', props, make('span', {}, label), make('b', {}, amount));

/** What is bought, for how much, and where it goes; drawn anew with every change of the form. */
function summary() {
  const way = value('way') || 'locker';
  const wrapped = form.elements.wrapped?.checked;
  const total = cart.total() + WAYS[way] + (wrapped ? GIFT : 0);
  const lines = [
    `${value('given')} ${value('family')}`,
    value('company'),
    value('street'),
    `${value('postal')} ${value('city')}`,
    w.countries[value('country')] ?? '',
  ].filter((text) => text.trim());
  const filled = lines.length > 1;
  return [
    make('h2', {}, w.order),
    make(
      'ul',
      {},
      ...cart
        .lines()
        .map(([{ price, ...rest }, count]) =>
          row(`${count} × ${rest[lang].title}`, money.format(price * count)),
        ),
      row(w.ways[way][0], WAYS[way] ? money.format(WAYS[way]) : w.free),
      ...(wrapped ? [row(w.giftSum, money.format(GIFT))] : []),
      row(w.total, money.format(total), { class: 'sum' }),
    ),
    make('p', { class: 'vat' }, w.vat),
    make('h3', {}, w.to),
    make(
      'address',
      { id: 'to' },
      ...(filled ? lines : [w.toNobody]).map((x) => make('div', {}, x)),
    ),
    ...(value('email') ? [make('p', { id: 'receipt' }, `${w.receipt} ${value('email')}`)] : []),
  ];
}

function update() {
  const method = value('method');
  form.querySelector('#card').hidden = method !== 'card';
  form.querySelector('#instalments').hidden = method !== 'instalments';
  form.elements.locker.parentElement.hidden = value('way') !== 'locker';
  aside.replaceChildren(...summary());
}

const form = make(
  'form',
  {
    class: 'checkout',
    oninput: update,
    onsubmit: (event) => {
      event.preventDefault();
      location.href = 'pay'; // nothing of the form goes anywhere: this is a demo
    },
  },
  contact(),
  address(),
  delivery(),
  gift(),
  payment(),
  member(),
  consents(),
);
const aside = make('aside', { class: 'summary', 'aria-label': w.order });
form.append(
  make(
    'p',
    { class: 'actions' },
    make('button', { class: 'buy' }, w.pay),
    make('a', { href: 'cart' }, w.back),
  ),
);

show(
  w.title,
  make('h1', {}, w.title),
  make('p', { class: 'lead' }, cart.count() ? w.lead : w.empty),
  make('div', { class: 'checkout-page' }, form, aside),
  make('p', {}, w.demo),
);
update();
