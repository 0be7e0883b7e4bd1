import type { JsonObject } from '@dragoman/plugin-sdk';
import fc from 'fast-check';
import t from 'tap';
import { checkCompatibility } from '../../../core/plugins/compatibility.ts';
import { missingFunctions } from '../../../core/plugins/load-module.ts';
import { readManifest } from '../../../core/plugins/manifest.ts';
import { exceeding } from '../../../core/plugins/permissions.ts';
import { hashFiles } from '../../../core/plugins/read-folder.ts';
import { possibleHosts } from '../../../core/plugins/template.ts';
import { matchesHost } from '../../../core/upstream/egress.ts';
import { manifestOnly, toyFiles, toyManifest } from '../../modules/toy.ts';

const contentOf = (files: Record<string, string>) => {
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  return { files: bytes, ...hashFiles(bytes) };
};
const read = (id: string, files: Record<string, string>) => readManifest(id, contentOf(files));

t.test('a manifest comes with its defaults', async (t) => {
  t.match(await read('acme', toyFiles({ id: 'acme' })), {
    limits: { memoryMb: 64, timeoutMs: 1000, maxStateKb: 64 },
    permissions: {},
  });
});

t.test('a route asks for the functions it cannot be served without', async (t) => {
  const keep = { store: '/store', previous: '/after', input: '/input', id: '/id', references: '"ref"' };
  const manifest = await read('acme', withRoute({ operation: 'chat', webSocket: true, keep }, ['inbound']));
  const kept = { operation: 'delete-response', method: 'DELETE', path: '/acme/{response}' };
  const other = await read('acme', withRoute(kept, ['inbound']));
  const inbound = ['decodeRequest', 'encodeResponse', 'encodeStream', 'encodeError'];
  const lacking = (names: string[], of = manifest) =>
    missingFunctions(of, { 'dialect:acme': names, 'provider:acme': ['respond'] });
  t.same(lacking(inbound), [
    'dialects.acme.findReferences',
    'dialects.acme.decodeMessage',
    'dialects.acme.encodeMessageError',
  ]);
  t.same(lacking([...inbound, 'findReferences', 'decodeMessage', 'encodeMessageError']), []);
  t.same(lacking(inbound, other), ['dialects.acme.encodeKept']);
});

t.test('where one of several things must be there, that is said once', async (t) => {
  const files = toyFiles({ id: 'acme', manifest: { providers: undefined, runtime: {} } });
  const thrown = await read('acme', files).catch((error: Error) => error.message);
  t.match(thrown, /: 1:1 \/ needs one of dialects, providers; \d+:\d+ \/runtime needs one of js, wasm$/);
});

/** A plugin with one dialect that has one route. */
function withRoute(route: JsonObject, roles = ['inbound', 'outbound']): Record<string, string> {
  const dialect = { id: 'acme', name: 'Acme', roles, framing: 'sse' };
  const routes = [{ method: 'POST', path: '/acme', ...route }];
  return toyFiles({ id: 'acme', manifest: { dialects: [{ ...dialect, routes }] } });
}

const place = { in: 'header', name: 'authorization' };
const wrong: { name: string; files: Record<string, string>; message: RegExp; code?: string }[] = [
  {
    name: 'code that is not there',
    files: toyFiles({ id: 'acme', manifest: { runtime: { js: './lib/none.js' } } }),
    message: /\/runtime\/js there is no file \.\/lib\/none\.js/,
  },
  {
    name: 'code outside the folder',
    files: toyFiles({ id: 'acme', manifest: { runtime: { js: '../other/index.js' } } }),
    message: /\/runtime\/js does not fit/,
  },
  {
    name: 'a local provider without code',
    files: toyFiles({ id: 'acme', manifest: { runtime: undefined } }),
    message: /\/providers\/0 is local and needs code/,
  },
  {
    name: 'a route that passes through to no endpoint',
    files: withRoute({ operation: 'pass-through' }),
    message: /\/dialects\/0\/routes\/0\/endpoint 'pass-through' needs the name of an endpoint/,
  },
  {
    name: 'an endpoint for what is translated',
    files: withRoute({ operation: 'chat', endpoint: 'x' }),
    message: /\/dialects\/0\/routes\/0\/endpoint only pass-through and rerank have one/,
  },
  {
    name: 'a WebSocket at a path with a name in it',
    files: withRoute({ operation: 'chat', path: '/acme/{model}', webSocket: true }),
    message: /\/dialects\/0\/routes\/0\/webSocket needs a path without names; it is \/acme\/\{model\}/,
  },
  {
    name: 'a route of a dialect for upstreams only',
    files: withRoute({ operation: 'chat' }, ['outbound']),
    message: /\/dialects\/0\/routes need the role inbound/,
  },
  {
    name: "a part of the client's path where nothing passes through",
    files: manifestOnly('acme', { endpoints: { chat: { operation: 'chat', path: '/{path.id}' } } }),
    message: /\{path\.id\} is no placeholder/,
  },
  {
    name: 'neither dialects nor providers',
    files: toyFiles({ id: 'acme', manifest: { providers: undefined } }),
    message: /: 1:1 \/ needs one of dialects, providers$/,
  },
  {
    name: 'an address that is not in its permissions',
    files: manifestOnly('acme', { baseUrl: 'https://elsewhere.test' }),
    code: 'GW_PLUGIN_PERMISSION',
    message: /\/providers\/0\/baseUrl its host elsewhere\.test is not in permissions\.hosts/,
  },
  {
    name: 'an address that may be anything',
    files: manifestOnly(
      'acme',
      { baseUrl: 'https://{config.host}' },
      { config: { type: 'object', properties: { host: { type: 'string' } } } },
    ),
    code: 'GW_PLUGIN_PERMISSION',
    message: /is not in permissions\.hosts/,
  },
  {
    name: 'all hosts under a top-level domain',
    files: manifestOnly('acme', {}, { permissions: { hosts: ['api.acme.test', '*.com'] } }),
    code: 'GW_PLUGIN_PERMISSION',
    message: /\/permissions\/hosts\/1 '\*\.com' covers a whole top-level domain/,
  },
  {
    name: "the gateway's own headers of a reply",
    files: manifestOnly(
      'acme',
      {},
      {
        permissions: {
          hosts: ['api.acme.test'],
          responseHeaders: ['retry-after', 'access-control-allow-origin'],
        },
      },
    ),
    code: 'GW_PLUGIN_PERMISSION',
    message: /\/permissions\/responseHeaders\/1 'access-control-allow-origin' is the gateway's own/,
  },
  {
    name: "a client's secret header",
    files: manifestOnly(
      'acme',
      {},
      { permissions: { hosts: ['api.acme.test'], requestHeaders: ['cookie'] } },
    ),
    code: 'GW_PLUGIN_PERMISSION',
    message: /\/permissions\/requestHeaders\/0 'cookie' may hold a secret/,
  },
  {
    name: 'a placeholder nobody knows',
    files: manifestOnly('acme', { endpoints: { chat: { operation: 'chat', path: '/{modle}/chat' } } }),
    message: /\/providers\/0\/endpoints\/chat\/path \{modle\} is no placeholder/,
  },
  {
    name: 'a placeholder for a secret',
    files: manifestOnly(
      'acme',
      { endpoints: { chat: { operation: 'chat', path: '/chat', query: { k: '{config.token}' } } } },
      { config: { type: 'object', properties: { token: { type: 'string', writeOnly: true } } } },
    ),
    message: /query\/k \{config\.token\} is a secret/,
  },
  {
    name: 'two schemes of one id',
    files: manifestOnly('acme', {
      auth: [
        { id: 'k', type: 'none' },
        { id: 'k', type: 'api-key', place },
      ],
    }),
    message: /\/providers\/0\/auth\/1\/id 'k' is there twice/,
  },
  {
    name: 'a range that begins with its end',
    files: manifestOnly('acme', { quirks: { request: { clamp: { temperature: [2, 0] } } } }),
    message: /clamp\/temperature the lowest value comes first/,
  },
  {
    name: 'model discovery at an endpoint that is not there',
    files: manifestOnly('acme', { models: { discover: { endpoint: 'modles', items: '/data', id: '/id' } } }),
    message: /\/models\/discover\/endpoint there is no endpoint 'modles'/,
  },
  {
    name: 'an auth type nobody knows',
    files: manifestOnly('acme', { auth: [{ id: 'k', type: 'magic' }] }),
    message: /\/providers\/0\/auth\/0/,
  },
];
for (const { name, files, message, code = 'GW_PLUGIN_MANIFEST_INVALID' } of wrong) {
  t.test(`${name} is refused, with its place`, async (t) => {
    await t.rejects(read('acme', files), { code, message });
  });
}

t.test('all that is wrong is said at once, each with its line', async (t) => {
  const text = JSON.stringify({ ...toyManifest({ id: 'acme' }), version: 'one', nmae: 'x' }, null, 2);
  await t.rejects(read('acme', { 'plugin.json': text }), {
    message: /4:14 \/version .*; \d+:3 \/nmae unknown key|nmae.*version/,
  });
});

t.test('a manifest larger than half a megabyte is not read', async (t) => {
  const files = { 'plugin.json': JSON.stringify({ name: 'x'.repeat(600_000) }) };
  await t.rejects(read('acme', files), { message: /larger than 512 KiB/ });
});

t.test('the range of gateways is semver, and a prerelease is a release of its line', async (t) => {
  const fits = async (range: string, version: string): Promise<boolean> => {
    const manifest = await read('acme', toyFiles({ id: 'acme', manifest: { engines: { dragoman: range } } }));
    try {
      checkCompatibility(manifest, version);
      return true;
    } catch {
      return false;
    }
  };
  t.equal(await fits('^1.2.0', '1.9.3'), true);
  t.equal(await fits('^1.2.0', '2.0.0'), false);
  t.equal(await fits('>=1.2.0 <2', '1.3.0-beta.1'), true);
  t.equal(await fits('whatever', '1.0.0'), false);
});

t.test('a provider all of whose schemes are unknown to this gateway does not load', async (t) => {
  const google = { id: 'g', type: 'gcp-service-account', scopes: ['all'], place };
  const only = await read('acme', manifestOnly('acme', { auth: [google] }));
  t.throws(() => checkCompatibility(only), {
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /gcp-service-account/,
  });
  const both = await read(
    'acme',
    manifestOnly('acme', { auth: [google, { id: 'k', type: 'api-key', place }] }),
  );
  t.doesNotThrow(() => checkCompatibility(both));
});

t.test('an address stands for every host its placeholders can make of it', async (t) => {
  t.same(possibleHosts('https://{config.region}.x.test:1/y', { region: { enum: ['eu', 'us'] } }), [
    'eu.x.test:1',
    'us.x.test:1',
  ]);
  const config = (region: object) => ({ config: { type: 'object', properties: { region } } });
  const regional = (region: object, hosts: string[]) =>
    read(
      'acme',
      manifestOnly(
        'acme',
        { baseUrl: 'https://{config.region}.x.test' },
        { ...config(region), permissions: { hosts } },
      ),
    );
  await t.resolves(regional({ enum: ['eu', 'us'] }, ['eu.x.test', 'us.x.test']));
  await t.rejects(regional({ enum: ['eu', 'us'] }, ['eu.x.test']), { message: /host us\.x\.test is not/ });
  await t.resolves(regional({ type: 'string', pattern: '^[a-z]+$' }, ['*.x.test']));
  await t.rejects(regional({ type: 'string', pattern: '^[a-z]+$' }, ['eu.x.test']), { message: /is not in/ });
});

t.test('what is not more than was granted reaches no host that was not', async (t) => {
  const name = fc.constantFrom(
    'acme.test',
    'api.acme.test',
    'eu.api.acme.test',
    'xacme.test',
    'test.acme',
    'evil.test',
  );
  const pattern = fc
    .tuple(fc.constantFrom('', '*.'), name, fc.constantFrom('', ':443', ':8443'))
    .map((parts) => parts.join(''));
  const url = fc
    .tuple(
      fc.constantFrom('https', 'http'),
      fc.constantFrom('', 'a.', 'a.b.'),
      name,
      fc.constantFrom('', ':443', ':8443'),
    )
    .map(([scheme, below, host, port]) => new URL(`${scheme}://${below}${host}${port}/`));
  let covered = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.uniqueArray(pattern, { minLength: 6, maxLength: 12 }),
      url,
      (wanted, granted, target) => {
        if (exceeding({ hosts: [wanted] }, { hosts: granted }).length > 0 || !matchesHost(target, wanted))
          return;
        covered++;
        if (!granted.some((each) => matchesHost(target, each))) throw new Error(target.href);
      },
    ),
    { numRuns: process.env.DRAGOMAN_LONG ? 100_000 : 5000 },
  );
  t.ok(covered > 20, `${covered} of them were reached`);
});
