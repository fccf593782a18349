/** Everything the shop has: a list that grows as it is scrolled, without an end to speak of. */
import { LANGS, products } from './catalogue.js';
import { lang, make, money, show, t } from './page.js';

const PAGE = 24;
const LAST = 2400;
const WORDS = {
  en: ['Everything', 'Nothing is sorted, on purpose: scroll.', 'No.', 'That was everything.'],
  fi: ['Kaikki tuotteet', 'Järjestystä ei ole, tarkoituksella: vieritä.', 'Nro', 'Siinä kaikki.'],
  sv: ['Hela sortimentet', 'Utan ordning, med flit: skrolla.', 'Nr', 'Det var allt.'],
};
const [title, lead, no, end] = WORDS[LANGS.includes(lang) ? lang : 'en'];

const list = make('section', { class: 'grid', 'aria-label': title });
const foot = make('p', { class: 'lead', role: 'status' });
let count = 0;

function card(index) {
  const { id, price, ...rest } = products[(index * 7 + (index >> 2)) % products.length];
  const off = (index * 37) % 40;
  return make(
    'a',
    { class: 'card', href: id },
    make('img', { src: `art/${id}.svg`, alt: '', width: 480, height: 360, loading: 'lazy' }),
    make('strong', {}, rest[lang].title),
    make('span', {}, `${no} ${index + 1} · ${t.stock((index * 13) % 9)}`),
    make('b', {}, money.format(Math.round(price * (1 - off / 100)))),
  );
}

function more() {
  const next = Math.min(PAGE, LAST - count);
  list.append(...Array.from({ length: next }, (_, at) => card(count + at)));
  count += next;
  if (count === LAST) foot.textContent = end;
}

show(title, make('h1', {}, title), make('p', { class: 'lead' }, lead), list, foot);
more();
new IntersectionObserver(
  ([entry]) => {
    if (entry.isIntersecting && count < LAST) more();
  },
  { rootMargin: '600px' },
).observe(foot);
