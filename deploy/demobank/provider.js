/**
 * The OpenID provider behind the demo bank: oidc-provider, as strict as brokers are since 2025.
 *
 * Clients prove themselves by private_key_jwt (RFC 7523), push signed request objects (RFC 9126,
 * RFC 9101) with PKCE S256, and get ID tokens and userinfo signed and encrypted to their key. The
 * subject is another one at each login, as in the Finnish Trust Network.
 */

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

import Provider from 'oidc-provider';

import { CLAIMS, claimsOf, METHODS } from './customers.js';
import { errorPage, LANGUAGES } from './page.js';

const MINUTES = 60; // seconds in one
const SIGNING = ['RS256', 'PS256', 'ES256'];
const KEY_MANAGEMENT = ['RSA-OAEP', 'RSA-OAEP-256'];
const CONTENT = ['A128CBC-HS256', 'A256GCM'];

const generate = promisify(generateKeyPair);

/** Make keys to sign with, one of each kind. */
export async function makeKeys() {
  const pairs = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ]);
  return pairs.map(({ privateKey }) => ({
    ...privateKey.export({ format: 'jwk' }),
    use: 'sig',
    kid: randomBytes(8).toString('hex'),
  }));
}

/**
 * Make the provider.
 *
 * `clients`: of the configuration file. `store`: of `createStore`. `logins`: subject -> who that
 * is, for as long as a session lasts. `keys`: of `makeKeys`.
 */
export function makeProvider({ issuer, clients, store, logins, keys }) {
  const provider = new Provider(issuer, {
    adapter: store,
    clients: clients.map(metadata),
    jwks: { keys },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      names: { session: 'bank_session', interaction: 'bank_login', resume: 'bank_resume' },
    },
    acrValues: Object.keys(METHODS),
    claims: { openid: ['sub', 'amr', 'auth_time', ...CLAIMS] },
    conformIdTokenClaims: false, // brokers put what they know into the ID token too
    scopes: ['openid', 'profile'], // brokers take it and give what they give
    responseTypes: ['code'],
    subjectTypes: ['public'],
    extraParams: ['ftn_spname'],
    pkce: { required: () => true },
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: SIGNING,
      requestObjectSigningAlgValues: SIGNING,
      idTokenSigningAlgValues: SIGNING,
      userinfoSigningAlgValues: SIGNING,
      idTokenEncryptionAlgValues: KEY_MANAGEMENT,
      idTokenEncryptionEncValues: CONTENT,
      userinfoEncryptionAlgValues: KEY_MANAGEMENT,
      userinfoEncryptionEncValues: CONTENT,
    },
    features: {
      devInteractions: { enabled: false },
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      requestObjects: { enabled: true, requireSignedRequestObject: true },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: { enabled: false },
    },
    discovery: { ui_locales_supported: LANGUAGES },
    ttl: {
      AccessToken: 5 * MINUTES,
      AuthorizationCode: 1 * MINUTES,
      IdToken: 5 * MINUTES,
      Interaction: 10 * MINUTES,
      Session: 10 * MINUTES,
      Grant: 10 * MINUTES,
    },
    expiresWithSession: () => false, // the next login ends the session of this one
    interactions: { url: (_, { uid }) => `/login/${uid}` },
    clientBasedCORS: () => false,
    fetch: fetchKeys(clients),
    findAccount: (_, subject) => account(logins, subject),
    loadExistingGrant,
    renderError: (ctx, { error }) => {
      ctx.type = 'html';
      ctx.body = errorPage(ctx.get('accept-language'), error);
    },
  });
  // What goes wrong between programs is said where a developer looks; no values are in it.
  for (const event of ['pushed_authorization_request', 'grant', 'userinfo', 'authorization']) {
    provider.on(`${event}.error`, (_, error) => {
      if (error.error !== 'access_denied') say(event, error);
    });
  }
  provider.on('server_error', (_, error) => say('server', error));
  return provider;
}

/** What oidc-provider knows of a client; a test may say otherwise about anything. */
function metadata({ client_id, client_name, jwks_uri, redirect_uris, ...more }) {
  return {
    client_id,
    client_name,
    jwks_uri,
    redirect_uris,
    token_endpoint_auth_method: 'private_key_jwt',
    id_token_signed_response_alg: 'RS256',
    id_token_encrypted_response_alg: 'RSA-OAEP',
    id_token_encrypted_response_enc: 'A128CBC-HS256',
    userinfo_signed_response_alg: 'RS256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A256GCM',
    require_signed_request_object: true,
    ...more,
  };
}

/** The library refuses to fetch from loopback; the keys of the configured clients live there. */
function fetchKeys(clients) {
  const known = new Set(clients.map(({ jwks_uri }) => jwks_uri));
  return (url, { dispatcher: _, ...options }) => {
    if (!known.has(String(url))) throw new Error('the bank fetches the keys of its clients alone');
    return fetch(url, options);
  };
}

function account(logins, subject) {
  const who = logins.get(subject);
  if (!who) return undefined;
  return {
    accountId: subject,
    claims: () => ({ sub: subject, ...claimsOf(who.customer, who.country) }),
  };
}

/** Continue on the login page is all the consent there is to give. */
async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope('openid profile');
  await grant.save();
  return grant;
}

function say(what, error) {
  const detail = error.error_detail ?? error.error_description ?? '';
  process.stderr.write(`demo bank: ${what}: ${error.error ?? error} ${detail}\n`);
}
