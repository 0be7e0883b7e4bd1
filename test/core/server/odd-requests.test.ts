import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { startTestGateway } from '../../helpers/gateway.ts';

const settings = {
  server: { cors: ['https://page.example'], maxBodyMb: 1 },
  providers: { offline: {}, openai: { credentials: [{ key: 'sk-never-used-0123456789' }] } },
};
const { url, key, post, lines } = await startTestGateway(t, null, settings);
const question = { model: 'offline/chat', messages: [{ role: 'user', content: 'Hi' }] };
const json = JSON.stringify(question);

/** What comes back on a connection of its own until `pattern` is in it, or the gateway closes. */
async function ask(bytes: string | Buffer, pattern: RegExp, isEnded = false): Promise<string> {
  const line = connect(Number(new URL(url).port), '127.0.0.1');
  await once(line, 'connect');
  line.setEncoding('latin1').write(bytes);
  if (isEnded) line.end();
  let seen = '';
  for await (const piece of line) {
    seen += String(piece);
    if (pattern.test(seen)) break;
  }
  line.destroy();
  return seen;
}

function head(start: string, headers: Record<string, string | number> = {}): string {
  const all = { host: 'x', 'x-api-key': key, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

const chat = 'POST /v1/chat/completions';
const refused: [string, string | Buffer, RegExp][] = [
  [
    'TLS on the plain port',
    Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    /400 .*HTTP_INVALID.*use http:/s,
  ],
  ['what is no HTTP', 'hello\r\n\r\n', /400 .*"error":\{"message":"The request cannot be served: /s],
  ['headers without end', head(chat, { 'x-long': 'a'.repeat(20_000) }), /431 .*HEADERS_TOO_LARGE.*16 KB/s],
  ['a tunnel', 'CONNECT a.example:443 HTTP/1.1\r\nhost: a.example\r\n\r\n', /400 .*not a proxy/s],
  ['another server', head('GET http://a.example/v1/models'), /400 .*asks for another server/s],
  ['two lengths', head(chat, { 'content-length': 3, 'transfer-encoding': 'chunked' }), /400 .*HTTP_INVALID/s],
];
for (const [what, bytes, pattern] of refused) {
  t.test(`${what} is answered in words`, async (t) => t.match(await ask(bytes, pattern), pattern));
}

t.test('a body that breaks off is answered on its half-open connection', async (t) => {
  const pattern = /400 .*broke off before its end/s;
  t.match(await ask(head(chat, { 'content-length': 99 }) + json, pattern, true), pattern);
});

t.test('a body that waits for `100 Continue` is asked for only where it will be read', async (t) => {
  const expect = { expect: '100-continue' };
  const good = head(chat, { ...expect, 'content-length': json.length });
  t.match(await ask(good, /\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  t.match(await ask(good + json, /"assistant"/), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  const stranger = { ...expect, 'x-api-key': 'wrong', 'content-length': 9 };
  t.match(await ask(head(chat, stranger), /\}$/), /^HTTP\/1\.1 401 /);
  t.match(await ask(head(chat, { ...expect, 'content-length': 9_000_000 }), /\}$/), /^HTTP\/1\.1 413 /);
  const form = { ...expect, 'content-type': 'multipart/form-data; boundary=b', 'content-length': 99 };
  t.match(await ask(head('POST /v1/files', form), /\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
});

t.test('a body that is refused is let come to its end, so that its client reads why', async (t) => {
  const large = 'a'.repeat(4_000_000);
  const next = head('GET /healthz');
  for (const [theirs, status] of [
    ['wrong', 401],
    [key, 413],
  ] as const) {
    const bytes = head(chat, { 'x-api-key': theirs, 'content-length': large.length }) + large + next;
    const seen = await ask(bytes, /"status":"ok"/);
    t.match(seen, new RegExp(`^HTTP/1.1 ${status} .*"error".*HTTP/1.1 200 .*"status":"ok"`, 's'));
  }
});

t.test('bodies that are no JSON are told what they are', async (t) => {
  const latin1 = Buffer.from(json.replace('Hi', 'caf\u00e9'), 'latin1');
  const bodies: [Buffer, RegExp][] = [
    [latin1, /is not valid UTF-8/],
    [Buffer.from(json, 'utf16le'), /is not valid JSON/],
    [Buffer.from(`\ufeff${json}`, 'utf16le'), /is UTF-16; JSON is sent as UTF-8/],
    [Buffer.from(`\ufeff${json}`), /begins with a byte order mark/],
    [Buffer.alloc(0), /is empty; JSON was expected/],
  ];
  for (const [body, message] of bodies) {
    const response = await post('/v1/chat/completions', body);
    t.equal(response.status, 400);
    t.match(await response.json(), { error: { message, code: 'GW_CLIENT_BODY_INVALID' } });
  }
});

t.test('a name of a model that fits in no header is refused', async (t) => {
  const response = await post('/v1/chat/completions', { ...question, model: `openai/${'x'.repeat(3_000)}` });
  t.equal(response.status, 400);
  t.match(await response.text(), /longer than 2048 characters/);
});

t.test('HEAD is answered wherever GET is', async (t) => {
  const headers = { 'x-api-key': key };
  const list = await fetch(`${url}/v1/models`, { method: 'HEAD', headers });
  t.equal(list.status, 200);
  t.ok(Number(list.headers.get('content-length')) > 0);
  const other = await fetch(`${url}/v1/models`, { method: 'PATCH', headers });
  t.equal(other.headers.get('allow'), 'GET, HEAD');
});

t.test('pages may read refusals too', async (t) => {
  for (const [path, method] of [
    ['/nope', 'GET'],
    ['/v1/chat/completions', 'PUT'],
    ['/v1/chat/completions', 'POST'],
  ] as const) {
    const response = await fetch(url + path, { method, headers: { origin: 'https://page.example' } });
    t.ok(response.status >= 400);
    t.equal(response.headers.get('access-control-allow-origin'), 'https://page.example', `${method} ${path}`);
  }
});

t.test('headers of ours are never passed over', async (t) => {
  const loss = await post('/v1/chat/completions', question, { 'x-dragoman-loss': 'Strict' });
  t.equal(loss.status, 400);
  t.match(await loss.text(), /x-dragoman-loss must be allow, warn or strict, and is 'Strict'/);
  const bare = { ...question, model: 'gpt-4o' };
  const off = await post('/v1/chat/completions', bare, { 'x-dragoman-provider': 'groq' });
  t.equal(off.status, 404, 'nobody else is asked, though the name leads to one');
  t.match(await off.text(), /'groq\/gpt-4o': provider 'groq' is not on/);
});

t.test('connections that cannot be taken are told once, and end nothing', async (t) => {
  let server: Server | undefined;
  const note = (message: unknown): void => {
    ({ server } = message as { server: Server });
  };
  subscribe('http.server.request.start', note);
  await fetch(`${url}/healthz`);
  unsubscribe('http.server.request.start', note);
  for (let count = 0; count < 3; count++) server?.emit('error', new Error('accept EMFILE'));
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  const told = lines.filter(({ message }) => message === 'a connection could not be taken');
  t.match(told, [{ level: 'error', fields: { error: /EMFILE/ } }]);
  t.equal(told.length, 1);
});
