/** The pages of the demo bank: plain HTML without a script, and the headers they go with. */

import { CUSTOMERS, codeOf } from './customers.js';
import { TEXTS } from './texts.js';

export const LANGUAGES = Object.keys(TEXTS);

/** Nothing but our own style sheet, and forms to ourselves; nobody may frame the bank. */
export const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The first of `wanted` (language tags, as in ui_locales or Accept-Language) that we speak. */
export function language(wanted) {
  const tags = (wanted ?? '').toLowerCase().split(/[\s,]+/);
  const known = tags.map((tag) => tag.split(/[-;]/)[0]).find((tag) => LANGUAGES.includes(tag));
  return known ?? 'en';
}

/** The login page: who are you today, Continue or Cancel. */
export function loginPage({ lang, uid, method, shop }) {
  const t = TEXTS[lang];
  const choices = CUSTOMERS.map(
    (customer, place) => `
      <label class="choice">
        <input type="radio" name="customer" value="${customer.id}"${place === 0 ? ' checked' : ''}>
        <span>
          <strong>${customer.given} ${customer.family}</strong>
          <small>${t.born} <span class="code">${codeOf(customer, method.country)}</span></small>
        </span>
      </label>`,
  ).join('');
  return page({
    lang,
    bank: method.name,
    body: `
    <h1>${markup(t.title(shop))}</h1>
    <form method="post" action="/login/${markup(uid)}">
      <fieldset>
        <legend>${t.who}</legend>${choices}
      </fieldset>
      <p class="passed">${markup(t.passed(shop))}</p>
      <button name="action" value="continue" class="primary">${t.go}</button>
      <button name="action" value="cancel">${t.cancel}</button>
    </form>`,
  });
}

/**
 * A page that goes on by itself. Not a redirect: `form-action` would hold it, and every redirect
 * after it, to our own origin.
 */
export function leavingPage({ lang, method, to }) {
  const t = TEXTS[lang];
  return page({
    lang,
    bank: method.name,
    head: `<meta http-equiv="refresh" content="0; url=${markup(to)}">`,
    body: `
    <h1>${t.leaving}</h1>
    <p><a href="${markup(to)}">${t.goOn}</a></p>`,
  });
}

/** What is said when a login cannot go on. `error`: a code of OAuth 2, if there is one. */
export function errorPage(wanted, error) {
  const lang = language(wanted);
  const t = TEXTS[lang];
  const code = error ? `<p><small class="code">${markup(error)}</small></p>` : '';
  return page({ lang, bank: 'Demo Bank', body: `<h1>${t.over}</h1><p>${t.overWhat}</p>${code}` });
}

/** The page of somebody who just looks in. */
export function homePage(wanted) {
  const lang = language(wanted);
  return page({ lang, bank: 'Tiski', body: `<h1>Demo Bank</h1><p>${TEXTS[lang].home}</p>` });
}

function page({ lang, bank, head = '', body }) {
  const t = TEXTS[lang];
  return `<!doctype html>
<html lang="${lang}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${bank} – ${t.mark}</title>
  <link rel="stylesheet" href="/bank.css">
  <link rel="icon" href="data:,">
  ${head}
</head>
<body>
  <aside class="mark">
    <strong>${t.mark}</strong>
    <span>${t.what}</span>
  </aside>
  <main>
    <p class="bank">${bank}</p>${body}
  </main>
</body>
</html>
`;
}

function markup(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
