import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../core/config/load.ts';
import type { LoadedProvider, Snapshot } from '../../../core/plugins/snapshot.ts';
import { snapshotProblems } from '../../../core/plugins/snapshot-problems.ts';
import { dialectFiles, manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { openHost } from './open-host.ts';

/** What ships: a dialect, two providers of it with keys in the environment, one without a key, and a local one. */
function ship(cwd: string): void {
  writePlugin(join(cwd, 'bundled/chat'), dialectFiles('chat', 'toy-chat'));
  writePlugin(join(cwd, 'bundled/acme'), manifestOnly('acme'));
  writePlugin(join(cwd, 'bundled/beta'), manifestOnly('beta'));
  const open = { auth: [{ id: 'open', type: 'none' }], baseUrl: undefined };
  writePlugin(join(cwd, 'bundled/open'), manifestOnly('open', open));
  const code = 'export default { locals: { local: { respond: () => ({ output: [] }) } } };\n';
  writePlugin(join(cwd, 'bundled/local'), toyFiles({ id: 'local', code }));
}

async function snapshotOf(
  t: Test,
  yaml: string | null,
  env: Record<string, string> = {},
  prepare?: (cwd: string) => void,
): Promise<Snapshot> {
  const cwd = t.testdir();
  ship(cwd);
  prepare?.(cwd);
  if (yaml !== null) writeFileSync(join(cwd, 'gateway.yaml'), yaml);
  const { host } = await openHost(t, cwd, { env });
  return host.registry.current;
}

const on = (snapshot: Snapshot) =>
  [...snapshot.providers.values()].map(({ name, reason }) => [name, reason]).sort();
const reasonOf = (snapshot: Snapshot, name: string) =>
  snapshot.providerReports.find((report) => report.name === name)?.reason;

function provider(t: Test, snapshot: Snapshot, name: string): LoadedProvider {
  const found = snapshot.providers.get(name);
  if (found === undefined) throw new Error(`${name} is not on: ${reasonOf(snapshot, name)}`);
  t.pass(`${name} is on`);
  return found;
}

t.test('without a list the environment says which providers are on', async (t) => {
  const snapshot = await snapshotOf(t, null, { ACME_API_KEY: 'key-of-acme', BETA_API_KEY: ' ' });
  t.same(on(snapshot), [
    ['acme', 'ACME_API_KEY'],
    ['local', 'always on'],
  ]);
  const [credential] = provider(t, snapshot, 'acme').credentials;
  t.match(credential, { id: 'ACME_API_KEY', provider: 'acme', scheme: 'key', type: 'api-key' });
  t.equal(credential?.type === 'api-key' ? credential.key.reveal() : '', 'key-of-acme');
});

t.test('a .env file counts as the environment', async (t) => {
  const snapshot = await snapshotOf(t, null, {}, (cwd) =>
    writeFileSync(join(cwd, '.env'), 'BETA_API_KEY=from-a-file\n'),
  );
  t.same(on(snapshot), [
    ['beta', 'BETA_API_KEY'],
    ['local', 'always on'],
  ]);
});

t.test('with a list only what it names is on, and the local one', async (t) => {
  const snapshot = await snapshotOf(t, 'providers: { beta: {} }\n', { ACME_API_KEY: 'a', BETA_API_KEY: 'b' });
  t.same(on(snapshot), [
    ['beta', 'configured'],
    ['local', 'always on'],
  ]);
  t.match(provider(t, snapshot, 'beta').credentials, [{ id: 'BETA_API_KEY' }]);
});

t.test('an empty list turns all but the local one off, and that one too when it is told', async (t) => {
  t.same(on(await snapshotOf(t, 'providers: {}\n', { ACME_API_KEY: 'a' })), [['local', 'always on']]);
  const off = await snapshotOf(t, 'providers: { local: { enabled: false }, acme: { enabled: false } }\n');
  t.same(on(off), []);
  t.equal(reasonOf(off, 'local'), 'turned off in gateway.yaml');
});

t.test('variables of a plugin that does not ship with the gateway are never read', async (t) => {
  const stranger = (cwd: string): void => {
    const auth = [
      { id: 'key', type: 'api-key', place: { in: 'header', name: 'authorization' }, env: ['ACME_API_KEY'] },
    ];
    writePlugin(join(cwd, 'plugins/stranger'), manifestOnly('stranger', { auth }));
  };
  t.same(on(await snapshotOf(t, null, { ACME_API_KEY: 'a' }, stranger)), [
    ['acme', 'ACME_API_KEY'],
    ['local', 'always on'],
  ]);
  const listed = await snapshotOf(t, 'providers: { stranger: {} }\n', { ACME_API_KEY: 'a' }, stranger);
  t.same(provider(t, listed, 'stranger').credentials, []);
});

t.test('a dropped-in provider that needs no key is on, unless gateway.yaml has a list', async (t) => {
  const open = (cwd: string): void =>
    writePlugin(join(cwd, 'plugins/free'), manifestOnly('free', { auth: [{ id: 'open', type: 'none' }] }));
  t.same(on(await snapshotOf(t, null, {}, open)), [
    ['free', 'dropped in, needs no key'],
    ['local', 'always on'],
  ]);
  t.same(on(await snapshotOf(t, 'providers: {}\n', {}, open)), [['local', 'always on']]);
});

t.test('one declaration serves under several names, each with its own address and keys', async (t) => {
  const yaml = `providers:
  acme: {}
  second:
    use: acme
    baseUrl: http://10.0.0.1:8080/v2/
    allowPrivate: true
    credentials: [{ name: a, key: '\${A}' }, { name: b, key: '\${B}' }]
    headers: { x-team: blue }
    retries: 0
    timeouts: { connectMs: 5 }
`;
  const snapshot = await snapshotOf(t, yaml, { A: 'key-a', B: 'key-b' });
  t.match(provider(t, snapshot, 'acme'), {
    baseUrl: 'https://api.acme.test/v1',
    hosts: ['api.acme.test'],
    allowPrivate: false,
    dialect: 'toy-chat',
    family: 'acme',
    credentials: [],
  });
  const second = provider(t, snapshot, 'second');
  t.match(second, {
    baseUrl: 'http://10.0.0.1:8080/v2',
    hosts: ['10.0.0.1:8080'],
    allowPrivate: true,
    headers: { 'x-team': 'blue' },
    retries: 0,
    timeouts: { connectMs: 5, idleMs: 300_000 },
    credentials: [
      { id: 'a', provider: 'second' },
      { id: 'b', provider: 'second' },
    ],
  });
});

t.test('a provider that takes no key gets none, and needs an address when it has none', async (t) => {
  const snapshot = await snapshotOf(
    t,
    'providers: { open: { baseUrl: http://127.0.0.1:1 }, other: { use: open } }\n',
  );
  t.match(provider(t, snapshot, 'open').credentials, [{ id: 'none', type: 'none', scheme: 'open' }]);
  t.equal(reasonOf(snapshot, 'other'), 'it needs an address: set providers.other.baseUrl in gateway.yaml');
});

t.test('models of the manifest and of gateway.yaml are one list', async (t) => {
  const list = [
    {
      id: 'big',
      aliases: ['huge', 'extra'],
      contextTokens: 10,
      input: ['text'],
      output: ['text'],
      features: [],
    },
  ];
  const snapshot = await snapshotOf(
    t,
    'providers: { own: { models: [extra, { id: big, contextTokens: 20, aliases: [large] }] } }\n',
    {},
    (cwd) => writePlugin(join(cwd, 'plugins/own'), manifestOnly('own', { models: { list } })),
  );
  const { models, aliases } = provider(t, snapshot, 'own');
  t.same([...models.keys()], ['big', 'extra']);
  t.match(models.get('big'), { contextTokens: 20, input: ['text'] });
  t.match(models.get('extra')?.features, ['stream', 'tools']);
  t.same([...aliases], [['large', 'big']]);
});

const config = {
  type: 'object',
  additionalProperties: false,
  required: ['region'],
  properties: {
    region: { type: 'string', enum: ['eu', 'us'] },
    version: { type: 'string', default: 'v1' },
    token: { type: 'string', writeOnly: true },
  },
};
const regional = (cwd: string): void =>
  writePlugin(
    join(cwd, 'plugins/regional'),
    manifestOnly(
      'regional',
      { baseUrl: 'https://{config.region}.regional.test' },
      { config, permissions: { hosts: ['*.regional.test'] } },
    ),
  );

t.test(
  "a plugin's own block is checked, gets its defaults, fills the address and loses its secrets",
  async (t) => {
    const yaml = 'providers: { regional: { config: { region: eu, token: very-secret } } }\n';
    const snapshot = await snapshotOf(t, yaml, {}, regional);
    const found = provider(t, snapshot, 'regional');
    t.equal(found.baseUrl, 'https://eu.regional.test');
    t.same(found.config, { region: 'eu', version: 'v1' });
  },
);

t.test('what is wrong in that block is said with its place, and turns off only that provider', async (t) => {
  const cwd = t.testdir();
  ship(cwd);
  regional(cwd);
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    `providers:
  beta: {}
  acmee: {}
  regional:
    config:
      regoin: eu
routes:
  - { model: fast, to: [betta/x, beta/y] }
plugins:
  trust: { regionall: worker }
`,
  );
  const { host, lines } = await openHost(t, cwd);
  t.same(on(host.registry.current), [
    ['beta', 'configured'],
    ['local', 'always on'],
  ]);
  const problems = snapshotProblems(await loadConfig({ cwd, env: {} }), host.registry.current);
  t.match(
    problems.map(({ line, column, severity, path, message, suggestion }) => [
      `${line}:${column} ${severity}`,
      path,
      message,
      suggestion,
    ]),
    [
      ['3:3 error', 'providers.acmee', "no loaded plugin has a provider 'acmee'", 'acme'],
      ['6:7 error', 'providers.regional.config.regoin', 'unknown key', 'region'],
      ['10:12 warning', 'plugins.trust.regionall', "there is no plugin 'regionall' now", 'regional'],
      ['8:25 warning', 'routes[0].to[0]', "there is no provider 'betta' now", 'beta'],
    ],
  );
  t.ok(lines.some(({ message }) => message.includes("did you mean 'region'")));
});

t.test('config of a plugin with dialects only has a block of its own', async (t) => {
  const dialect = (cwd: string): void =>
    writePlugin(
      join(cwd, 'bundled/tuned'),
      dialectFiles('tuned', 'tuned-chat', {
        config: {
          type: 'object',
          additionalProperties: false,
          properties: { limit: { type: 'integer', default: 7 } },
        },
      }),
    );
  const configOf = (snapshot: Snapshot) => snapshot.dialects.get('tuned-chat')?.config;
  t.same(configOf(await snapshotOf(t, null, {}, dialect)), { limit: 7 });
  t.same(configOf(await snapshotOf(t, 'plugins: { config: { tuned: { limit: 9 } } }\n', {}, dialect)), {
    limit: 9,
  });
  const wrong = await snapshotOf(t, 'plugins: { config: { tuned: { limit: x } } }\n', {}, dialect);
  t.same(configOf(wrong), { limit: 7 }, 'a slip does not take the dialect away');
  t.match(wrong.problems, [{ path: ['plugins', 'config', 'tuned', 'limit'], message: 'must be an integer' }]);
});

t.test('a provider whose dialect is not loaded is reported, and on as soon as it is', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'plugins: { trust: { late: inline } }\nproviders: { waiting: {} }\n',
  });
  writePlugin(join(cwd, 'plugins/waiting'), manifestOnly('waiting', { dialect: 'late-chat' }));
  const { host } = await openHost(t, cwd);
  t.equal(reasonOf(host.registry.current, 'waiting'), "no loaded plugin has its dialect 'late-chat'");
  writePlugin(join(cwd, 'plugins/late'), dialectFiles('late', 'late-chat'));
  await host.reload('test');
  t.same(on(host.registry.current), [['waiting', 'configured']]);
});

t.test('a dialect that only clients speak is none for a provider', async (t) => {
  const snapshot = await snapshotOf(t, 'providers: { inward: {} }\n', {}, (cwd) => {
    const dialects = [{ id: 'in-only', name: 'x', roles: ['inbound'], framing: 'sse' }];
    writePlugin(join(cwd, 'bundled/clients'), dialectFiles('clients', 'in-only', { dialects }));
    writePlugin(join(cwd, 'plugins/inward'), manifestOnly('inward', { dialect: 'in-only' }));
  });
  t.match(reasonOf(snapshot, 'inward'), /has no outbound role/);
});

t.test(
  'a credential for a scheme the provider does not have turns the provider off, with the names it has',
  async (t) => {
    const yaml = "providers: { acme: { credentials: [{ key: '${K}', scheme: oauth }] } }\n";
    const snapshot = await snapshotOf(t, yaml, { K: 'some-key' });
    t.match(
      reasonOf(snapshot, 'acme'),
      /providers\.acme\.credentials\[0\]\.scheme .*no auth scheme 'oauth'.*'key'/,
    );
  },
);

t.test('a credential the provider has no use for is told at its own place', async (t) => {
  const yaml = "providers: { acme: { credentials: [{ accessKeyId: A, secretAccessKey: '${K}' }] } }\n";
  const snapshot = await snapshotOf(t, yaml, { K: 'some-key' });
  t.match(snapshot.problems, [
    { path: ['providers', 'acme', 'credentials', 0], message: 'this provider takes no AWS keys' },
  ]);
});

t.test('a setting may come from a variable, of plugins that ship with the gateway only', async (t) => {
  const config = {
    type: 'object',
    additionalProperties: false,
    properties: { region: { type: 'string', pattern: '^[a-z-]+$', default: 'here', env: ['A', 'B'] } },
  };
  const setUp = (cwd: string): void => {
    writePlugin(join(cwd, 'bundled/ours'), manifestOnly('ours', {}, { config }));
    writePlugin(join(cwd, 'plugins/theirs'), manifestOnly('theirs', {}, { config }));
  };
  const regions = async (yaml: string, env: Record<string, string>): Promise<unknown[]> => {
    const snapshot = await snapshotOf(t, yaml, env, setUp);
    return ['ours', 'theirs'].map((name) => provider(t, snapshot, name).config.region);
  };
  const yaml = 'providers: { ours: {}, theirs: {} }\n';
  t.same(await regions(yaml, {}), ['here', 'here']);
  t.same(await regions(yaml, { A: ' ', B: 'there' }), ['there', 'here']);
  const written = 'providers: { ours: { config: { region: mine } }, theirs: {} }\n';
  t.same(await regions(written, { A: 'there' }), ['mine', 'here']);
  const snapshot = await snapshotOf(t, yaml, { A: 'No!' }, setUp);
  t.match(reasonOf(snapshot, 'ours'), /providers\.ours\.config\.region .*environment variable A\)/);
});

t.test('an adapter is found by the functions its module has', async (t) => {
  const adapted = (cwd: string): void => {
    const files = manifestOnly('adapted', {}, { runtime: { js: './index.js' } });
    const code =
      'export default { adapters: { adapted: { adaptRequest: (input) => ({ output: input }) } } };\n';
    writePlugin(join(cwd, 'bundled/adapted'), { ...files, 'index.js': code });
  };
  const snapshot = await snapshotOf(t, 'providers: { adapted: {}, acme: {} }\n', {}, adapted);
  t.equal(provider(t, snapshot, 'adapted').adapter?.plugin, 'adapted');
  t.equal(provider(t, snapshot, 'acme').adapter, null);
});
