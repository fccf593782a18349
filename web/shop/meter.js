/**
 * A page that changes at an exact rate, for benches: `?nodes=5000` fills it up to that many
 * elements, `?rate=1000` makes that many changes a second.
 *
 * Each cell's text is `t:` and the time of the change, in ms since 1970 in base 36: in decimal one
 * in ten would pass for a card number. Every other change moves a bar instead of writing a text.
 */
import { make } from './page.js';

const CELLS = 200;
const TICK = 10; // ms; what a timer does not reach in time is caught up at the next one

/** Add the cells and what fills the page up, and begin to change them. */
export function startMeter(nodes, rate) {
  const cells = Array.from({ length: CELLS }, () => make('span', {}, 't:0'));
  const bars = Array.from({ length: CELLS }, () => make('i', {}));
  const rows = cells.map((cell, at) => make('li', {}, cell, bars[at]));
  const list = make('ul', { class: 'filling' });
  document.querySelector('main').append(make('ul', { class: 'meter', id: 'meter' }, ...rows), list);
  let missing = nodes - document.getElementsByTagName('*').length;
  for (let row = 1; missing > 0; row++) {
    const size = Math.min(missing, 5);
    missing -= size;
    const inner = Array.from({ length: size - 1 }, (_, at) =>
      make('span', { class: `c${at}` }, `${row}.${at} cloth, poles and pegs`),
    );
    list.append(make('li', {}, ...inner));
  }
  if (rate > 0) change(cells, bars, rate);
}

function change(cells, bars, rate) {
  const began = performance.now();
  let done = 0;
  const step = () => {
    const due = Math.floor(((performance.now() - began) * rate) / 1000);
    for (; done < due; done++) {
      const at = (done >> 1) % CELLS;
      if (done % 2) bars[at].setAttribute('style', `width:${(done * 7) % 100}%`);
      else cells[at].firstChild.data = `t:${Date.now().toString(36)}`;
    }
    document.documentElement.dataset.changes = String(done);
  };
  setInterval(step, TICK);
}
