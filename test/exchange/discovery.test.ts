import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { createListStore } from '../../core/discovery/list-store.ts';
import { json } from '../helpers/answers.ts';
import { type FakeUpstream, type ReceivedRequest, startFakeUpstream } from '../helpers/fake-upstream.ts';
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts';

const secret = 'sk-secret-of-these-tests-0123456789';
const credentials = [{ name: 'main', key: secret }];
const hour = 3_600_000;

/** By path and page; what is not there is 404. */
type Lists = Record<string, (request: ReceivedRequest) => Json>;

async function startServices(t: Test, lists: Lists): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream({ strict: false });
  t.teardown(() => upstream.close());
  upstream.always((request, response) => {
    const list = lists[request.path];
    if (list === undefined || request.method !== 'GET') return json({}, { status: 404 })(request, response);
    return json(list(request))(request, response);
  });
  return upstream;
}

const paged: Lists = {
  '/open/models': () => ({ data: [{ id: 'qwen', created: 1_700_000_000, context_length: 4096 }, { id: 7 }] }),
  '/claude/v1/models': ({ query }) =>
    query.after_id === 'claude-next'
      ? { data: [{ id: 'claude-old' }], has_more: false, last_id: 'claude-old' }
      : {
          data: [{ id: 'claude-next', display_name: 'Claude Next', max_tokens: 1234, capabilities: {} }],
          has_more: true,
          last_id: 'claude-next',
        },
  '/google/v1beta/models': ({ query }) =>
    query.pageToken === 'p2'
      ? { models: [{ name: 'models/gemini-b', supportedGenerationMethods: ['generateContent'] }] }
      : {
          models: [{ name: 'models/gemini-a', supportedGenerationMethods: ['generateContent'] }],
          nextPageToken: 'p2',
        },
  '/local/api/tags': () => ({
    models: [{ name: 'llama:8b', model: 'llama:8b', capabilities: ['completion'] }],
  }),
  '/cohere/v1/models': ({ query }) =>
    query.page_token === 'p2'
      ? { models: [{ name: 'embed-x', endpoints: ['embed'] }], next_page_token: null }
      : { models: [{ name: 'command-x', endpoints: ['chat'] }], next_page_token: 'p2' },
};

function providersAt({ origin }: FakeUpstream): JsonObject {
  const common = { allowPrivate: true, retries: 0, credentials };
  return {
    work: { ...common, use: 'openai-compatible', baseUrl: `${origin}/open` },
    anthropic: { ...common, baseUrl: `${origin}/claude` },
    gemini: { ...common, baseUrl: `${origin}/google` },
    box: { use: 'ollama', baseUrl: `${origin}/local`, allowPrivate: true },
    cohere: { ...common, baseUrl: `${origin}/cohere` },
  };
}

function only(origin: string, more: JsonObject = {}): JsonObject {
  return {
    work: { use: 'openai-compatible', baseUrl: `${origin}/open`, allowPrivate: true, retries: 0, ...more },
  };
}

async function get({ url, key }: TestGateway, path: string, headers = {}): Promise<JsonObject> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}`, ...headers } });
  return (await response.json()) as JsonObject;
}
async function listed(gateway: TestGateway): Promise<string[]> {
  const { data } = await get(gateway, '/v1/models');
  return (data as { id: string }[]).map(({ id }) => id);
}
function chat(gateway: TestGateway, model: string): Promise<Response> {
  return gateway.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] });
}

t.test('services are asked behind the first request for a list, and remembered', async (t) => {
  const upstream = await startServices(t, paged);
  const cwd = t.testdir();
  const settings = { providers: providersAt(upstream) };
  const gateway = await startTestGateway(t, null, settings, cwd);
  t.same(upstream.requests, [], 'a start asks nobody');

  const first = await listed(gateway);
  t.notOk(first.includes('work/qwen'), 'the first answer is what was known');
  await gateway.gateway.discover();
  const all = await listed(gateway);
  for (const id of [
    'work/qwen',
    'anthropic/claude-next',
    'anthropic/claude-old',
    'gemini/gemini-a',
    'gemini/gemini-b',
    'box/llama:8b',
    'cohere/command-x',
    'cohere/embed-x',
  ])
    t.ok(all.includes(id), id);
  t.same(
    all.filter((id) => !first.includes(id)).length,
    8,
    'what the manifests list is there once, and nothing else came',
  );
  const asked = upstream.requests.map(({ path }) => path).sort();
  t.same(asked, [
    '/claude/v1/models',
    '/claude/v1/models',
    '/cohere/v1/models',
    '/cohere/v1/models',
    '/google/v1beta/models',
    '/google/v1beta/models',
    '/local/api/tags',
    '/open/models',
  ]);
  for (const { path, headers } of upstream.requests) {
    const shown = JSON.stringify(headers).includes(secret);
    t.equal(shown, path !== '/local/api/tags', `${path}: the credential goes where it is asked for`);
  }

  t.test('every client sees them in its own shape', async (t) => {
    t.match(await get(gateway, '/v1/models/work/qwen'), { created: 1_700_000_000, context_length: 4096 });
    t.match(await get(gateway, '/v1/models/anthropic/claude-next', { 'anthropic-version': '2023-06-01' }), {
      display_name: 'Claude Next',
      max_tokens: 1234,
    });
    const names = (list: Json | undefined) => (list as { name: string }[]).map(({ name }) => name);
    t.ok(names((await get(gateway, '/v1beta/models')).models).includes('models/gemini/gemini-b'));
    t.ok(names((await get(gateway, '/api/tags')).models).includes('box/llama:8b'));
  });

  t.test('a limit the service told is used', async (t) => {
    upstream.requests.length = 0;
    await chat(gateway, 'anthropic/claude-next');
    t.equal(upstream.requests[0]?.body.max_tokens, 1234);
  });

  t.test('a restart lists them at once and asks nobody', async (t) => {
    await gateway.gateway.stop();
    upstream.forget();
    const next = await startTestGateway(t, null, settings, cwd);
    t.same(await listed(next), all);
    await next.gateway.discover();
    t.same(upstream.requests, []);
  });

  t.test('another key is another account', async (t) => {
    const other = structuredClone(settings);
    (other.providers.work as JsonObject).credentials = [{ name: 'main', key: `${secret}-other` }];
    const next = await startTestGateway(t, null, other, cwd);
    t.notOk((await listed(next)).includes('work/qwen'));
    await next.gateway.discover();
    t.ok((await listed(next)).includes('work/qwen'));
  });

  t.test('a list of yesterday serves on while a new one comes', async (t) => {
    const file = join(cwd, '.dragoman/models.json');
    const content = JSON.parse(readFileSync(file, 'utf8'));
    for (const list of Object.values(content.lists) as { listed: { at: number } }[])
      list.listed.at -= 25 * hour;
    writeFileSync(file, JSON.stringify(content));
    upstream.forget();
    const next = await startTestGateway(t, null, settings, cwd);
    t.same(await listed(next), all);
    await next.gateway.discover();
    t.equal(upstream.requests.length, 8);
  });

  t.test('no secret is in the file or in the log, and nobody else can read the file', async (t) => {
    const file = join(cwd, '.dragoman/models.json');
    t.notMatch(readFileSync(file, 'utf8'), secret);
    t.notMatch(JSON.stringify(gateway.lines), secret);
    if (process.platform !== 'win32') t.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, '{ "version": 1, "salt": 7, "lists": [');
    const next = await startTestGateway(t, null, settings, cwd);
    t.same(await listed(next), first, 'a broken file is as none');
  });
});

t.test('a slow service holds up nobody', async (t) => {
  const upstream = await startServices(t, {});
  const gate = Promise.withResolvers<void>();
  upstream.always(async (request, response) => {
    await gate.promise;
    await json({ data: [{ id: 'late' }] })(request, response);
  });
  const gateway = await startTestGateway(t, null, { providers: only(upstream.origin) });
  t.notOk((await listed(gateway)).includes('work/late'));
  await upstream.received(0);
  t.notOk((await listed(gateway)).includes('work/late'), 'it is being asked');
  t.equal((await chat(gateway, 'offline/chat')).status, 200, 'other requests are answered as ever');
  gate.resolve();
  await gateway.gateway.discover();
  t.ok((await listed(gateway)).includes('work/late'));
  t.equal(upstream.requests.length, 1, 'and asked once');
});

t.test('a stop does not wait for an answer', async (t) => {
  const upstream = await startServices(t, {});
  upstream.always(() => new Promise(() => {}));
  const gateway = await startTestGateway(t, null, { providers: only(upstream.origin) });
  await listed(gateway);
  await upstream.received(0);
  t.equal(await gateway.gateway.stop(), true);
});

t.test('a failure is told in the log once, and the service left alone for a while', async (t) => {
  const upstream = await startServices(t, {});
  upstream.always((request, response) => json({ error: secret }, { status: 500 })(request, response));
  const cwd = t.testdir();
  const providers = only(upstream.origin, { credentials });
  const gateway = await startTestGateway(t, null, { providers }, cwd);
  const before = await listed(gateway);
  await gateway.gateway.discover();
  t.same(await listed(gateway), before, 'clients see nothing of it');
  await gateway.gateway.discover();
  t.equal(upstream.requests.length, 1);
  const told = gateway.lines.filter(({ message }) => message.includes('asked for its models'));
  t.match(told, [{ level: 'warn', fields: { provider: 'work', reason: /500/ } }]);
  t.equal(told.length, 1);
  const text = await (
    await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${gateway.key}` } })
  ).text();
  t.match(text, /^dragoman_model_discoveries_total\{provider="work",outcome="failed"\} 1$/m);
  t.notMatch(text, /dragoman_upstream_attempts_total\{/, 'it is no attempt of a client');

  upstream.always((request, response) =>
    json({ choices: [], model: request.body.model ?? '' })(request, response),
  );
  t.not((await chat(gateway, 'work/anything')).headers.get('x-dragoman-provider'), null);
  t.equal(upstream.requests.at(-1)?.body.model, 'anything', 'ids nobody lists are sent as they are');
  t.notMatch(
    readFileSync(join(cwd, '.dragoman/models.json'), 'utf8') + JSON.stringify(gateway.lines),
    secret,
  );
});

t.test('answers that are no list of models', async (t) => {
  const wrong: [string, Json][] = [
    ['no JSON', '<html>'],
    ['no list', { data: 'none' }],
    ['null', null],
    ['too deep to be one', { object: 'list', data: { data: [] } }],
  ];
  const upstream = await startServices(t, {});
  const providers: JsonObject = {};
  for (const [name] of wrong) {
    providers[name.replaceAll(' ', '-').toLowerCase()] = {
      ...(only(upstream.origin).work as JsonObject),
      headers: { 'x-wrong': name },
    };
  }
  upstream.always((request, response) =>
    json(wrong.find(([name]) => name === request.headers['x-wrong'])?.[1] ?? null)(request, response),
  );
  const gateway = await startTestGateway(t, null, { providers });
  await gateway.gateway.discover();
  const told = gateway.lines.filter(({ message }) => message.includes('asked for its models'));
  t.equal(upstream.requests.length, wrong.length);
  t.same(told.map(({ fields }) => fields.provider).sort(), Object.keys(providers).sort());
});

t.test('a service with a list of its own kind is read as its manifest says', async (t) => {
  const upstream = await startServices(t, {
    '/catalogue': ({ query }) =>
      query.from === '2'
        ? { 'a/b': { list: [{ about: { slug: 'second' } }] }, more: '' }
        : { 'a/b': { list: [{ about: { slug: 'first' } }, { about: null }, 'junk'] }, more: '2' },
  });
  const manifest = {
    apiVersion: '1',
    id: 'acme',
    version: '1.0.0',
    name: 'Acme',
    description: 'Lists its models in its own way',
    engines: { dragoman: '>=0.1.0' },
    permissions: { hosts: [upstream.origin.slice('http://'.length)] },
    providers: [
      {
        id: 'acme',
        name: 'Acme',
        dialect: 'openai-chat',
        baseUrl: upstream.origin,
        endpoints: {
          chat: { operation: 'chat', path: '/chat' },
          catalogue: { operation: 'list-models', method: 'GET', path: '/catalogue' },
        },
        auth: [{ id: 'open', type: 'none' }],
        models: {
          list: [{ id: 'first', name: 'One', input: ['text'], output: ['text'], features: ['stream'] }],
          discover: {
            endpoint: 'catalogue',
            items: '/a~1b/list',
            id: '/about/slug',
            next: { from: '/more', query: 'from' },
          },
        },
      },
    ],
  };
  const cwd = t.testdir({ plugins: { acme: { 'plugin.json': JSON.stringify(manifest) } } });
  const gateway = await startTestGateway(t, null, { providers: { acme: { allowPrivate: true } } }, cwd);
  await gateway.gateway.discover();
  const ids = (await listed(gateway)).filter((id) => id.startsWith('acme/'));
  t.same(ids, ['acme/first', 'acme/second']);
  t.match(await get(gateway, '/v1/models/acme/first'), { name: 'One' }, 'what the manifest says stays');
});

t.test('pages that never end are read no further', async (t) => {
  let page = 0;
  const upstream = await startServices(t, {
    '/same/v1/models': () => ({ data: [{ id: 'a' }], has_more: true, last_id: 'a' }),
    '/endless/v1/models': () => ({ data: [{ id: `m${++page}` }], has_more: true, last_id: `m${page}` }),
  });
  const common = { use: 'anthropic-compatible', allowPrivate: true, credentials };
  const gateway = await startTestGateway(t, null, {
    providers: {
      same: { ...common, baseUrl: `${upstream.origin}/same` },
      endless: { ...common, baseUrl: `${upstream.origin}/endless` },
    },
  });
  await gateway.gateway.discover();
  t.equal(upstream.requests.filter(({ path }) => path.startsWith('/same')).length, 2);
  t.equal(page, 20);
  t.ok((await listed(gateway)).includes('same/a'));
});

t.test('bare ids that only services list', async (t) => {
  const ids = (...names: string[]) => ({ data: names.map((id) => ({ id })) });
  const upstream = await startServices(t, {
    '/open/models': () => ids('mine', 'both', 'declared', 'org/slashed'),
    '/two/models': () => ids('both', 'its'),
  });
  const two = { ...(only(upstream.origin).work as JsonObject), baseUrl: `${upstream.origin}/two` };
  const gateway = await startTestGateway(t, null, {
    providers: { ...only(upstream.origin), two: { ...two, models: ['declared'] } },
  });
  t.equal((await chat(gateway, 'mine')).headers.get('x-dragoman-error'), 'GW_ROUTE_NO_MODEL');
  await gateway.gateway.discover();
  upstream.forget();
  for (const [model, path] of [
    ['mine', '/open/chat/completions'],
    ['org/slashed', '/open/chat/completions'],
    ['its', '/two/chat/completions'],
    ['declared', '/two/chat/completions'],
  ]) {
    await chat(gateway, String(model));
    t.match(upstream.requests.at(-1), { path, body: { model } }, `${model}`);
  }
  const ambiguous = await chat(gateway, 'both');
  t.equal(ambiguous.headers.get('x-dragoman-error'), 'GW_ROUTE_AMBIGUOUS_MODEL');
  t.match(await ambiguous.text(), /work\/both, two\/both/);
});

t.test('who must not or cannot be asked is sent nothing', async (t) => {
  const upstream = await startServices(t, paged);
  const { work, anthropic, box } = providersAt(upstream);
  const gateway = await startTestGateway(t, null, {
    providers: {
      work: { ...(work as JsonObject), discover: false },
      anthropic: { ...(anthropic as JsonObject), credentials: [] },
      box: { ...(box as JsonObject), enabled: false },
    },
  });
  await listed(gateway);
  await gateway.gateway.discover();
  t.same(upstream.requests, []);
  t.same(
    (await listed(gateway)).filter((id) => id.startsWith('work/')),
    [],
  );
});

t.test('lists that cannot be kept are there until the end', async (t) => {
  const errors: unknown[] = [];
  const store = createListStore((error) => errors.push(error));
  const file = join(t.testdir({ taken: '' }), 'taken');
  store.open(file);
  const provider = {
    name: 'p',
    baseUrl: '',
    discovery: {},
    credentials: [{ type: 'none', id: 'none', scheme: 'none' }],
  };
  store.noteListed(provider as never, [{ id: 'm', input: ['text'], output: ['text'], features: [] }], 1);
  await store.written();
  t.equal(errors.length, 1);
  t.ok(store.of(provider as never)?.has('m'));
  const { revision } = store;
  store.noteFailed(provider as never, 'it is down', 2);
  t.match(store.entry(provider as never), { listed: { at: 1 }, failed: { at: 2, reason: 'it is down' } });
  t.equal(store.revision, revision, 'a failure changes no list');
});
