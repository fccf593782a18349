#!/usr/bin/env node
/**
 * The demo bank: a real OpenID provider with a login page of its own. Not a real bank.
 *
 *     node bank.js CONFIG.json
 *
 * CONFIG.json: `port`, on 127.0.0.1 (plain http, so nowhere else), `clients`, each with
 * `client_id`, `client_name` (the shop), `jwks_uri` and `redirect_uris`, and `testing`, for tests
 * alone. It prints a line when it serves, and ends with its standard input, and so with whoever
 * started it.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { CUSTOMERS, METHODS } from './customers.js';
import { errorPage, HEADERS, homePage, language, leavingPage, loginPage } from './page.js';
import { makeKeys, makeProvider } from './provider.js';
import { createStore } from './store.js';
import { bodyOf, createSwitches } from './testing.js';

const HOST = '127.0.0.1';
const LOGIN = /^\/login\/([\w-]+)$/;
const STYLE = readFileSync(new URL('bank.css', import.meta.url));

const { port, clients, testing = false } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = `http://${HOST}:${port}`;
const store = createStore();
const logins = new Map(); // subject -> {customer, country}: another subject each time
let provider;
let answer;

/** Take new keys: the bank forgets the old ones at once, as a broker in trouble does. */
async function rotate() {
  provider = makeProvider({ issuer, clients, store, logins, keys: await makeKeys() });
  answer = provider.callback();
}

async function serve(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (switches && (await switches.before(request, response, pathname))) return;
  const login = LOGIN.exec(pathname);
  if (login) await logIn(request, response);
  else if (pathname === '/bank.css') {
    response.writeHead(200, { 'Content-Type': 'text/css', 'Cache-Control': 'max-age=300' });
    response.end(STYLE);
  } else if (pathname === '/') send(response, 200, homePage(request.headers['accept-language']));
  else {
    for (const [name, value] of Object.entries(HEADERS)) {
      if (name !== 'Content-Type') response.setHeader(name, value);
    }
    await answer(request, response);
  }
}

async function logIn(request, response) {
  let interaction;
  try {
    interaction = await provider.interactionDetails(request, response);
  } catch {
    send(response, 400, errorPage(request.headers['accept-language']));
    return;
  }
  const { uid, params } = interaction;
  const acr = (params.acr_values ?? '').split(' ').find((asked) => asked in METHODS);
  const method = METHODS[acr];
  const lang = language(params.ui_locales ?? request.headers['accept-language']);
  const go = async (result) => {
    const to = await provider.interactionResult(request, response, result);
    send(response, 200, leavingPage({ lang, method: method ?? { name: 'Demo Bank' }, to }));
  };
  if (!method) {
    await go({ error: 'invalid_request', error_description: 'acr_values has none of this bank' });
  } else if (request.method !== 'POST') {
    const shop = params.ftn_spname ?? nameOf(params.client_id);
    send(response, 200, loginPage({ lang, uid, method, shop }));
  } else {
    const form = new URLSearchParams(await bodyOf(request));
    const customer = CUSTOMERS.find(({ id }) => id === form.get('customer'));
    if (form.get('action') !== 'continue' || !customer) {
      await go({ error: 'access_denied', error_description: 'the customer cancelled' });
      return;
    }
    await endSession(interaction);
    const accountId = randomBytes(16).toString('base64url');
    logins.set(accountId, { customer, country: method.country });
    setTimeout(() => logins.delete(accountId), 600_000).unref();
    await go({ login: { accountId, acr, amr: method.amr, remember: false } });
  }
}

/** Forget the login before: each stands alone, also when another customer follows in one browser. */
async function endSession(interaction) {
  const { session } = interaction;
  if (!session?.uid) return;
  const before = await provider.Session.findByUid(session.uid);
  await before?.destroy();
  delete session.uid;
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
}

function nameOf(client) {
  return clients.find(({ client_id }) => client_id === client).client_name;
}

function send(response, status, page) {
  response.writeHead(status, HEADERS).end(page);
}

await rotate();
const switches = testing ? createSwitches(rotate) : undefined;
const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    process.stderr.write(`demo bank: ${error.message}\n`);
    if (!response.headersSent) send(response, 500, errorPage(request.headers['accept-language']));
  });
});
server.on('error', (error) => {
  process.stderr.write(`demo bank: port ${port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, HOST, () => process.stdout.write(`Demo bank: ${issuer}\n`));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
