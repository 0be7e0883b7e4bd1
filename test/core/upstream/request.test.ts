import t from 'tap';
import type { PreparedAuth } from '../../../core/auth/driver.ts';
import { type Endpoint, prepareEndpoint, type RequestTarget } from '../../../core/upstream/request.ts';
import { version } from '../../../core/version.ts';

const target: RequestTarget = {
  name: 'acme',
  baseUrl: 'https://api.acme.com/openai/v1',
  allowPrivate: false,
  hosts: ['api.acme.com'],
  headers: {},
  config: { version: '2023-06-01', region: 'eu west', project: 'a/b', count: 3 },
};
const chat: Endpoint = { operation: 'chat', path: '/chat/completions' };
const auth = { headers: { authorization: 'Bearer k' }, query: {} };
const none = { headers: {}, query: {} };

function build(
  endpoint: Partial<Endpoint>,
  parts: object = {},
  over: Partial<RequestTarget> = {},
  key: PreparedAuth = auth,
) {
  const prepared = prepareEndpoint({ ...target, ...over }, { ...chat, ...endpoint }, key);
  return prepared.build({ model: 'm', stream: false, body: '{}', ...parts });
}

t.test('base URL, path, method and body', async (t) => {
  const request = build({});
  t.match(request, {
    method: 'POST',
    origin: 'https://api.acme.com',
    path: '/openai/v1/chat/completions',
    body: '{}',
  });
  t.equal(build({ method: 'GET' }, { body: null }).method, 'GET');
  t.equal(build({}, {}, { baseUrl: 'https://api.acme.com/' }).path, '/chat/completions');
});

t.test('the model is percent-encoded where it stands', async (t) => {
  const path = '/models/{model}:generate';
  t.equal(build({ path }, { model: 'a/b:c d?é' }).path, '/openai/v1/models/a%2Fb%3Ac%20d%3F%C3%A9:generate');
  t.equal(build({ query: { m: '{model}' } }, { model: 'a&b' }).path, '/openai/v1/chat/completions?m=a%26b');
  t.equal(
    build({ path }, { model: '{config.project}' }).path,
    '/openai/v1/models/%7Bconfig.project%7D:generate',
  );
  t.equal(build({ path }, { model: 'a\ud800' }).path, '/openai/v1/models/a%EF%BF%BD:generate');
});

t.test('a model that would climb up the path is refused', async (t) => {
  const prepared = prepareEndpoint(target, { ...chat, path: '/models/{model}/run' }, auth);
  for (const model of ['.', '..']) {
    t.throws(() => prepared.build({ model, stream: false, body: null }), { code: 'GW_ROUTE_NO_MODEL' });
  }
  t.doesNotThrow(() => prepareEndpoint(target, chat, auth).build({ model: '..', stream: false, body: null }));
});

t.test('config values are encoded too, and a missing one is an error before any request', async (t) => {
  t.equal(build({ path: '/p/{config.project}/{config.count}' }).path, '/openai/v1/p/a%2Fb/3');
  t.equal(build({ query: { v: '{config.region}!' } }).path, '/openai/v1/chat/completions?v=eu%20west!');
  t.throws(() => build({ path: '/{config.nope}' }), {
    code: 'GW_CONFIG_INVALID',
    message: /providers\.acme\.config\.nope/,
  });
  t.throws(() => build({ path: '/{config.up}/x' }, {}, { config: { up: '..' } }), {
    code: 'GW_CONFIG_INVALID',
  });
});

t.test('a streaming request may have its own path and query', async (t) => {
  const endpoint = { query: { a: '1', b: '2' }, streamPath: '/stream', streamQuery: { b: '3', alt: 'sse' } };
  t.equal(build(endpoint).path, '/openai/v1/chat/completions?a=1&b=2');
  t.equal(build(endpoint, { stream: true }).path, '/openai/v1/stream?a=1&b=3&alt=sse');
});

t.test("a request's own query goes under the endpoint's, and the credential's over both", async (t) => {
  const key = { headers: {}, query: { key: 'k&1' } };
  t.equal(
    build({ query: { v: '1' } }, { query: { v: '9', beta: 'true' } }, {}, key).path,
    '/openai/v1/chat/completions?v=1&beta=true&key=k%261',
  );
  t.equal(build({}, { query: { key: 'mine' } }, {}, key).path, '/openai/v1/chat/completions?key=k%261');
  t.equal(
    build({}, {}, { baseUrl: 'https://api.acme.com/x?api-version=5' }).path,
    '/x/chat/completions?api-version=5',
  );
});

t.test('headers: ours, the endpoint, the operator and the credential, later ones winning', async (t) => {
  const endpoint = { headers: { 'Anthropic-Version': '{config.version}', 'X-A': 'manifest' } };
  const request = build(endpoint, {}, { headers: { 'x-a': 'operator', Authorization: 'Basic nope' } });
  t.same(request.headers, {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'user-agent': `dragoman/${version}`,
    'anthropic-version': '2023-06-01',
    'x-a': 'operator',
    authorization: 'Bearer k',
  });
});

t.test('a request without headers of its own shares one object with all others', async (t) => {
  const prepared = prepareEndpoint(target, chat, auth);
  const parts = { model: 'm', stream: true, body: '{}' };
  t.equal(prepared.build(parts).headers, prepared.build(parts).headers);
});

t.test(
  "a request's own headers go over the manifest's, never over the operator's or the credential's",
  async (t) => {
    const endpoint = { headers: { 'anthropic-version': '{config.version}' } };
    const headers = {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'x',
      Authorization: 'Bearer stolen',
      'X-Operator': 'no',
      host: 'evil.com',
      'Transfer-Encoding': 'chunked',
      cookie: 'a=b',
      'bad name': 'x',
      'x-split': 'a\r\nb: c',
    };
    const sent = build(endpoint, { headers }, { headers: { 'x-operator': 'yes' } }).headers;
    t.match(sent, {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'x',
      authorization: 'Bearer k',
      'x-operator': 'yes',
    });
    for (const name of ['host', 'transfer-encoding', 'cookie', 'bad name', 'x-split'])
      t.notOk(name in sent, name);
  },
);

t.test('no content-type without a body, and the one given with it', async (t) => {
  t.notOk('content-type' in build({}, { body: null }).headers);
  const contentType = 'multipart/form-data; boundary=x';
  t.equal(build({}, { body: Buffer.from('x'), contentType }).headers['content-type'], contentType);
});

t.test('headers that cannot be sent are refused when the provider is prepared', async (t) => {
  t.throws(() => build({}, {}, { headers: { 'x y': '1' } }), {
    code: 'GW_CONFIG_INVALID',
    message: /providers\.acme/,
  });
  t.throws(() => build({}, {}, { headers: { host: 'evil.com' } }), { code: 'GW_CONFIG_INVALID' });
  t.throws(() => build({}, {}, { headers: { 'x-y': 'a\nb' } }), {
    code: 'GW_CONFIG_INVALID',
    message: /^((?!a\n).)*$/,
  });
});

t.test('a host that is not permitted is refused when the provider is prepared', async (t) => {
  t.throws(() => build({}, {}, { baseUrl: 'https://evil.com' }), { code: 'GW_UPSTREAM_REFUSED_HOST' });
  const local = { baseUrl: 'http://localhost:11434/v1', hosts: ['localhost:11434'] };
  t.throws(() => build({}, {}, local), { code: 'GW_UPSTREAM_REFUSED_HOST', message: /allowPrivate/ });
  t.equal(build({}, {}, { ...local, allowPrivate: true }, none).origin, 'http://localhost:11434');
});

t.test('a base URL that is none is said without repeating it', async (t) => {
  t.throws(() => build({}, {}, { baseUrl: '//hidden' }), {
    code: 'GW_CONFIG_INVALID',
    message: /^((?!hidden).)*$/,
  });
});
