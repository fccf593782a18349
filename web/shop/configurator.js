/**
 * The tent configurator: a drawing, a list of parts and a price that follow every slider, and with
 * the wind on change sixty times a second. Co-browsing must keep up with pages like this.
 *
 * `?rate=1000` and `?nodes=5000` are for benches (`meter.js`).
 */
import { configurator } from './configurator.words.js';
import { lang, make, money, show } from './page.js';

const w = configurator[lang];
const SLIDERS = {
  length: [200, 260, 220, 'cm'],
  width: [80, 240, 140, 'cm'],
  height: [90, 160, 110, 'cm'],
  porch: [0, 140, 70, 'cm'],
  wind: [0, 20, 6, 'm/s'],
};
const CLOTHS = { light: [21, 38], strong: [17, 52], winter: [26, 78] }; // €/m², g/m²
const COLOURS = {
  ember: ['#e8743b', '#c6562a'],
  moss: ['#6b8f4e', '#4f6f38'],
  lake: ['#3f86a8', '#2a6584'],
  snow: ['#dfe4e8', '#b9c2c9'],
};
const EXTRAS = { lines: [24, 180], floor: [49, 320], repair: [12, 60] }; // €, g
const BLADES = 60;
const FOLDS = 9;
const GROUND = 318; // of the drawing's 400
const SCALE = 1.25; // of the drawing's units to a centimetre

const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });
const chosen = {
  ...Object.fromEntries(Object.entries(SLIDERS).map(([key, [, , start]]) => [key, start])),
  cloth: 'strong',
  colour: 'ember',
  lines: true,
  floor: false,
  repair: false,
};

function draw(name, props = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(props)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function set(element, props) {
  for (const [key, value] of Object.entries(props)) element.setAttribute(key, value);
}

// --- the drawing ------------------------------------------------------------------------------

const many = (count, make_) => Array.from({ length: count }, (_, index) => make_(index));
const outer = draw('path');
const shade = draw('path');
const door = draw('path', { fill: '#2b3a34' });
const folds = many(FOLDS, () => draw('path', { class: 'fold' }));
const lines = many(4, () => draw('path', { class: 'guy' }));
const blades = many(BLADES, () => draw('path', { class: 'blade' }));
const clouds = many(4, () => draw('ellipse', { class: 'cloud' }));
const ruler = draw('path', { class: 'ruler' });
const measure = draw('text', { class: 'measure', 'text-anchor': 'middle' });
const picture = draw(
  'svg',
  { viewBox: '0 0 640 400', role: 'img', 'aria-label': w.picture },
  draw('path', { fill: '#cfe0dd', d: 'M0 0h640v400H0z' }),
  draw('circle', { cx: 520, cy: 82, r: 30, fill: '#f6e6b8' }),
  ...clouds,
  draw('path', { fill: '#9dbcae', d: 'M0 250c120-70 220-30 330-70s220-60 310 10v140H0z' }),
  draw('path', { fill: '#6f9c86', d: 'M0 306c160-26 400-22 640-10v104H0z' }),
  ...lines,
  outer,
  shade,
  door,
  ...folds,
  ...blades,
  ruler,
  measure,
);

/** Draw the tent at a moment of the wind, `phase` in radians. */
function paint(phase) {
  const { length, height, porch, wind, colour } = chosen;
  const sway = (at, much) => Math.sin(phase + at) * wind * much;
  const half = ((length + porch) * SCALE) / 2;
  const top = GROUND - height * SCALE + sway(0, 0.25);
  const [left, right, lean] = [320 - half, 320 + half, 320 + sway(1, 0.6)];
  const hull = `M${left} ${GROUND}C${left + 24} ${top + 30} ${lean - 60} ${top} ${lean} ${top}`;
  set(outer, {
    fill: COLOURS[colour][0],
    d: `${hull}S${right - 24} ${top + 30} ${right} ${GROUND}Z`,
  });
  set(shade, {
    fill: COLOURS[colour][1],
    d: `M${lean} ${top}C${lean + 60} ${top} ${right - 24} ${top + 30} ${right} ${GROUND}H${right - porch * SCALE}Q${lean + 50} ${top + 50} ${lean} ${top}Z`,
  });
  const [mouth, high] = [left + half * 0.5, GROUND - height * SCALE * 0.6];
  set(door, {
    d: `M${mouth} ${GROUND}Q${mouth + 14} ${high} ${mouth + 36} ${high - 8}T${mouth + 72} ${GROUND}Z`,
  });
  for (const [at, fold] of folds.entries()) {
    const x = left + ((at + 1) * 2 * half) / (FOLDS + 1);
    set(fold, { d: `M${x} ${GROUND}Q${x + sway(at, 0.7)} ${(GROUND + top) / 2} ${lean} ${top}` });
  }
  for (const [at, line] of lines.entries()) {
    const [end, from] = at % 2 ? [right + 46, right - 34] : [left - 46, left + 34];
    const bend = sway(at * 2, 0.5);
    const y = GROUND - 30 - at * 8;
    set(line, {
      d: chosen.lines
        ? `M${from} ${y}Q${(from + end) / 2} ${y + 22 + bend} ${end} ${GROUND + 12}`
        : '',
    });
  }
  for (const [at, blade] of blades.entries()) {
    const x = 6 + (at * 640) / BLADES;
    const y = 352 + ((at * 37) % 36);
    set(blade, {
      d: `M${x} ${y}q${sway(at / 4, 0.4)} -10 ${sway(at / 4, 1)} -${16 + (at % 5) * 2}`,
    });
  }
  for (const [at, cloud] of clouds.entries()) {
    const x = ((at * 190 + (phase * (8 + at * 3) * wind) / 6) % 760) - 60;
    set(cloud, { cx: x, cy: 46 + at * 22, rx: 46 - at * 6, ry: 11 - at });
  }
  set(ruler, { d: `M${left} 378H${right}m0-6v12M${left} 372v12` });
  set(measure, { x: 320, y: 394 });
  measure.textContent = `${length + porch} cm`;
}

// --- the figures ------------------------------------------------------------------------------

const shown = Object.fromEntries(
  ['price', 'weight', 'area', 'people'].map((key) => [key, make('b', { id: key })]),
);
const table = make('tbody', {});

/** The parts of the chosen tent: name -> [amount, unit, €, g]. */
function parts() {
  const { length, width, height, porch, cloth } = chosen;
  const slope = Math.hypot(width / 2, height);
  const outerArea = ((length + porch) * 2 * slope + width * height) / 1e4;
  const floorArea = (length * width) / 1e4;
  const [price, grams] = CLOTHS[cloth];
  const poles = (3 * 2 * slope) / 100;
  const made = {
    outer: [outerArea, 'm²', outerArea * price, outerArea * grams * 1.3],
    inner: [floorArea * 2.6, 'm²', floorArea * 24, floorArea * 140],
    poles: [poles, 'm', poles * 9, poles * 42],
    pegs: [8 + Math.ceil(porch / 35), w.pieces, 16, 96],
    zips: [2 + Number(porch > 60), w.pieces, 18, 70],
  };
  for (const key of Object.keys(EXTRAS)) {
    if (chosen[key]) made[key] = [1, w.pieces, ...EXTRAS[key]];
  }
  return { made, floorArea };
}

function count() {
  const { made, floorArea } = parts();
  let [price, grams] = [0, 0];
  const rows = Object.entries(made).map(([key, [amount, unit, euros, weight]]) => {
    price += euros;
    grams += weight;
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, w.parts[key]),
      make('td', {}, `${number.format(amount)} ${unit}`),
      make('td', {}, `${number.format(weight / 1000)} kg`),
      make('td', {}, money.format(euros)),
    );
  });
  table.replaceChildren(...rows);
  shown.price.textContent = money.format(Math.round(price));
  shown.weight.textContent = `${number.format(grams / 1000)} kg`;
  shown.area.textContent = `${number.format(floorArea)} m²`;
  shown.people.textContent = w.people(Math.max(1, Math.floor(chosen.width / 60)));
}

// --- the controls -----------------------------------------------------------------------------

let phase = 0;
let blowing = false;

function update() {
  count();
  if (!blowing) paint(phase);
}

function slider(key) {
  const [min, max, , unit] = SLIDERS[key];
  const told = make('output', { for: key }, `${chosen[key]} ${unit}`);
  const input = make('input', { id: key, type: 'range', min, max, value: chosen[key] });
  input.oninput = () => {
    chosen[key] = input.valueAsNumber;
    told.textContent = `${chosen[key]} ${unit}`;
    update();
  };
  return make('p', { class: 'slider' }, make('label', { for: key }, w.sliders[key]), told, input);
}

function choice(key, title, texts, style = () => false) {
  const labels = Object.entries(texts).map(([value, text]) =>
    make(
      'label',
      { class: 'choice', style: style(value) },
      make('input', {
        type: 'radio',
        name: key,
        checked: chosen[key] === value,
        onchange: () => {
          chosen[key] = value;
          update();
        },
      }),
      make('span', {}, text),
    ),
  );
  return make('fieldset', {}, make('legend', {}, title), ...labels);
}

function tick(text, checked, change) {
  const input = make('input', { type: 'checkbox', checked });
  input.onchange = () => change(input.checked);
  return make('label', { class: 'tick' }, input, make('span', {}, text));
}

function blow() {
  if (!blowing) return;
  phase += 0.03 + chosen.wind / 250;
  paint(phase);
  requestAnimationFrame(blow);
}

const extras = Object.entries(w.more).map(([key, text]) =>
  tick(text, chosen[key], (on) => {
    chosen[key] = on;
    update();
  }),
);

show(
  w.title,
  make('h1', {}, w.title),
  make('p', { class: 'lead' }, w.lead),
  make(
    'div',
    { class: 'configurator', 'data-cobrowse': 'show' },
    make(
      'div',
      { class: 'drawing' },
      picture,
      tick(w.animate, false, (on) => {
        blowing = on;
        blow();
      }),
      make(
        'p',
        { class: 'figures' },
        ...Object.entries(shown).map(([key, place]) =>
          key === 'people' ? place : make('span', {}, `${w[key]} `, place),
        ),
      ),
      make(
        'button',
        { class: 'buy', type: 'button', onclick: () => window.Tiski?.('open') },
        w.add,
      ),
    ),
    make(
      'form',
      {},
      ...Object.keys(SLIDERS).map(slider),
      choice('colour', w.colour, w.colours, (value) => `--swatch:${COLOURS[value][0]}`),
      choice('cloth', w.cloth, w.cloths),
      make('fieldset', {}, make('legend', {}, w.extras), ...extras),
    ),
  ),
  make(
    'table',
    { class: 'parts' },
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        ...[w.part, w.amount, w.weight, w.price].map((text) => make('th', { scope: 'col' }, text)),
      ),
    ),
    table,
  ),
);
update();

const asked = new URLSearchParams(location.search);
if (asked.has('rate') || asked.has('nodes')) {
  const { startMeter } = await import('./meter.js');
  startMeter(Number(asked.get('nodes') ?? 0), Number(asked.get('rate') ?? 0));
}
