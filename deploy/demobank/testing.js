/**
 * What tests may do to the bank, and nobody else: only there with `"testing": true`.
 *
 * A real broker is slow, fails, sets headers that sever windows and changes its keys. `POST
 * /testing` with JSON makes it so: `slow` {path: ms}, `fail` {path: status} (once each), `coop`
 * (Cross-Origin-Opener-Policy of every page, "" for none), `rotate` (new keys at once). `GET
 * /testing` returns what has passed through the bank and must be found nowhere else.
 */

const JSON_HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
const PROGRAMS = ['/request', '/token']; // what clients post to; people's forms are not noted
const SECRET_FIELDS = ['code', 'code_verifier', 'client_assertion', 'request'];

/** Make the switches. `rotate()` gives the bank new keys. */
export function createSwitches(rotate) {
  const slow = new Map();
  const fail = new Map();
  const seen = { sent: [], received: [] };
  let coop = '';

  async function set(wanted) {
    for (const [path, ms] of Object.entries(wanted.slow ?? {})) slow.set(path, ms);
    for (const [path, status] of Object.entries(wanted.fail ?? {})) fail.set(path, status);
    coop = wanted.coop ?? coop;
    if (wanted.rotate) await rotate();
  }

  /** Answer a request in the bank's place, or return false. */
  async function before(request, response, path) {
    if (path === '/testing') {
      if (request.method === 'POST') await set(JSON.parse(await bodyOf(request)));
      response.writeHead(200, JSON_HEADERS).end(JSON.stringify(seen));
      return true;
    }
    if (coop) response.setHeader('Cross-Origin-Opener-Policy', coop);
    if (slow.has(path)) await new Promise((done) => setTimeout(done, slow.get(path)));
    if (!fail.has(path)) {
      record(request, response, path);
      return false;
    }
    response.writeHead(fail.get(path), JSON_HEADERS).end('{"error":"temporarily_unavailable"}');
    fail.delete(path);
    return true;
  }

  /** Note the secrets of what clients post, and of what they are answered. */
  function record(request, response, path) {
    if (PROGRAMS.includes(path)) {
      // By looking on: a listener of our own would set the body flowing before it is wanted.
      let body = '';
      const emit = request.emit.bind(request);
      request.emit = (name, chunk) => {
        if (name === 'data') body += chunk;
        if (name === 'end') note(body);
        return emit(name, chunk);
      };
    }
    const end = response.end.bind(response);
    response.end = (body, ...rest) => {
      const type = String(response.getHeader('content-type'));
      if (body && /json|jwt/.test(type)) seen.sent.push({ path, body: String(body) });
      return end(body, ...rest);
    };
  }

  function note(body) {
    const form = new URLSearchParams(body);
    for (const name of SECRET_FIELDS) if (form.has(name)) seen.received.push(form.get(name));
  }

  return { before };
}

/** The body of a request as text; the bank reads it too. */
export function bodyOf(request) {
  return new Promise((done, failed) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
      if (body.length > 65_536) request.destroy(new Error('too much'));
    });
    request.on('end', () => done(body));
    request.on('error', failed);
  });
}
