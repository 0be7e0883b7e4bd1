import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import t from 'tap';
import { runCommand } from './command.ts';

const request = JSON.stringify({
  model: 'claude-sonnet-4-5',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ],
  max_tokens: 5,
  logit_bias: { '50256': -100 },
});

t.test('plugins lists what a start would load, with version, state, tier and reason', async (t) => {
  const cwd = t.testdir();
  const { status, stdout } = await runCommand(['plugins'], { cwd });
  t.equal(status, 0);
  t.match(stdout, /^PLUGIN +VERSION +STATE +TIER +ORIGIN +REASON\n/);
  t.match(stdout, /^offline +\d+\.\d+\.\d+ +on +inline /m);
  const json = await runCommand(['plugins', '--json'], { cwd });
  const reports = JSON.parse(json.stdout) as { id: string }[];
  t.match(
    reports.find(({ id }) => id === 'offline'),
    { state: 'on', tier: 'inline', bundled: true, origin: 'built-in', permissions: {} },
  );
  t.same(readdirSync(cwd), [], 'looking leaves nothing behind');
});

t.test('plugins says of each provider why it is on, or what would turn it on', async (t) => {
  const cwd = t.testdir();
  const { stdout } = await runCommand(['plugins'], { cwd, env: { GROQ_API_KEY: 'gsk_1a2b3c4d5e6f7g8h' } });
  t.match(stdout, /^groq .*; groq on: GROQ_API_KEY$/m);
  t.match(stdout, /^mistral .*; mistral off: set MISTRAL_API_KEY$/m);
  t.match(stdout, /^offline .*; offline on: always on$/m);
  t.notMatch(stdout, 'gsk_1a2b');
});

t.test('a provider of the configuration that no plugin has is named, with the nearest name', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'providers:\n  groqq: {}\n' });
  const { status, stderr } = await runCommand(['plugins'], { cwd });
  t.equal(status, 0);
  t.match(stderr, /provider groqq is not on: .*did you mean 'groq'\?/);
  const doctor = await runCommand(['doctor', '--port', '0'], { cwd });
  t.equal(doctor.status, 1);
  t.match(doctor.stdout, /^bad +provider groqq: not on: .*groq/m);
});

t.test('a plugin nobody trusts is tried in the sandbox, and listed with what it lacked there', async (t) => {
  const cwd = t.testdir({
    plugins: {
      mine: {
        'plugin.json': JSON.stringify({
          apiVersion: '1',
          id: 'mine',
          version: '1.0.0',
          name: 'Mine',
          description: 'Speaks a language of its own',
          engines: { dragoman: '>=0.1.0' },
          runtime: { js: './index.js' },
          dialects: [{ id: 'mine', name: 'Mine', roles: ['outbound'], framing: 'sse' }],
        }),
        'index.js': 'console.log("I ran"); process.exit(42);\n',
      },
    },
  });
  const { status, stdout } = await runCommand(['plugins'], { cwd });
  t.equal(status, 0);
  t.notMatch(stdout, 'I ran');
  t.match(stdout, /^mine +\S+ +failed +none .*process is not defined: the sandbox has .*GW_PLUGIN_LOAD/m);
});

t.test('translate shows the canonical form, what a dialect would get, and what is lost', async (t) => {
  const cwd = t.testdir({ 'request.json': request });
  const argv = ['translate', '--from', 'openai-chat', '--to', 'anthropic-messages'];
  const { status, stdout } = await runCommand([...argv, 'request.json'], { cwd });
  t.equal(status, 0);
  t.match(stdout, /canonical form, read as openai-chat:\n\{/);
  t.match(stdout, /warnings:\n.*logit_?bias/is);
  const json = await runCommand([...argv, '--json', '-'], { cwd, input: request });
  t.equal(json.status, 0);
  t.match(JSON.parse(json.stdout), {
    canonical: { messages: [{ role: 'system' }, { role: 'user' }], maxOutputTokens: 5 },
    upstream: { body: { model: 'claude-sonnet-4-5', max_tokens: 5, messages: [{ role: 'user' }] } },
    warnings: [{ path: /logit_?[bB]ias/ }],
    passThrough: false,
  });
});

t.test('translate to a provider of the same dialect shows that the bytes go as they came', async (t) => {
  const cwd = t.testdir();
  const env = { OPENAI_API_KEY: 'sk-1a2b3c4d5e6f7g8h9i0j' };
  const argv = ['translate', '--from', 'openai-chat', '--to', 'openai', '--json', '-'];
  const { status, stdout, stderr } = await runCommand(argv, {
    cwd,
    env,
    input: request.replace('claude', 'openai/claude'),
  });
  t.equal(status, 0, stderr);
  t.match(JSON.parse(stdout), {
    passThrough: true,
    upstream: { body: { model: 'claude-sonnet-4-5', logit_bias: {} } },
  });
});

t.test(
  'translate says that a request is translated where something in it or a setting asks for it',
  async (t) => {
    const env = { OPENAI_API_KEY: 'sk-1a2b3c4d5e6f7g8h9i0j' };
    const argv = ['translate', '--from', 'openai-chat', '--to', 'openai', '--json', '-'];
    const cached = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }];
    const marked = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: cached }] });
    const { stdout } = await runCommand(argv, { cwd: t.testdir(), env, input: marked });
    const shown = JSON.parse(stdout) as { passThrough: boolean; upstream: object };
    t.equal(shown.passThrough, false, 'the service refuses cache_control');
    t.notMatch(JSON.stringify(shown.upstream), /cache_control/);
    const cwd = t.testdir({ 'gateway.yaml': 'translation: { askUsage: true }' });
    const streamed = JSON.stringify({ ...JSON.parse(request), stream: true });
    const asked = await runCommand(argv, { cwd, env, input: streamed });
    t.match(JSON.parse(asked.stdout), {
      passThrough: false,
      upstream: { body: { stream_options: { include_usage: true } } },
    });
  },
);

t.test('translate to the provider inside the gateway sends nothing', async (t) => {
  const argv = ['translate', '--from', 'openai-chat', '--to', 'offline', '-'];
  const { status, stdout } = await runCommand(argv, { cwd: t.testdir(), input: request });
  t.equal(status, 0);
  t.match(stdout, 'offline answers inside the gateway: nothing would be sent.');
});

t.test('translate refuses in words what it cannot do', async (t) => {
  const cwd = t.testdir();
  for (const [from, to, input, message] of [
    [
      'openai-chta',
      'anthropic-messages',
      request,
      /no dialect for clients named 'openai-chta'; did you mean 'openai-chat'\?/,
    ],
    ['openai-chat', 'antropic-messages', request, /did you mean 'anthropic-messages'\?/],
    ['openai-chat', 'anthropic', request, /'anthropic' is not on\n.*dragoman plugins/],
    ['openai-chat', 'anthropic-messages', '{', /standard input is not JSON/],
    ['openai-chat', 'anthropic-messages', '[]', /holds no JSON object/],
    [
      'openai-chat',
      'anthropic-messages',
      '{"model":"x","messages":7}',
      /messages.*GW_TRANSLATE_INPUT_INVALID/,
    ],
  ] as const) {
    const { status, stdout, stderr } = await runCommand(['translate', '--from', from, '--to', to, '-'], {
      cwd,
      input,
    });
    t.equal(status, 1, input);
    t.equal(stdout, '');
    t.match(stderr, message);
    t.ok(stderr.trim().split('\n').length <= 2, stderr);
  }
  const missing = await runCommand(['translate', '--from', 'openai-chat', '--to', 'offline', 'nope.json'], {
    cwd,
  });
  t.match(missing.stderr, /nope\.json: there is no such file/);
});

t.test('doctor finds a fresh machine well', async (t) => {
  const { status, stdout } = await runCommand(['doctor', '--port', '0'], { cwd: t.testdir() });
  t.equal(status, 0, stdout);
  for (const about of [
    'node',
    'configuration',
    'state directory',
    'port',
    'client keys',
    'plugins',
    'provider offline',
  ])
    t.match(stdout, new RegExp(`^(good|note) +${about}: `, 'm'));
});

t.test('doctor names what is bad and exits with 1', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'providers:\n  groq: {}\n' });
  const { status, stdout } = await runCommand(['doctor', '--port', '0', '--json'], {
    cwd,
    env: { DRAGOMAN_KEY: 'changeme' },
  });
  t.equal(status, 1);
  const findings = JSON.parse(stdout) as { about: string; state: string; message: string }[];
  t.match(
    findings.find(({ about }) => about === 'provider groq'),
    { state: 'bad', message: /providers\.groq\.credentials/ },
  );
  t.match(
    findings.find(({ about }) => about === 'client keys'),
    { state: 'bad', message: /sample key/ },
  );
});

t.test('doctor says where a broken configuration is broken', async (t) => {
  const { status, stdout } = await runCommand(['doctor'], {
    cwd: t.testdir({ 'gateway.yaml': 'server: { prot: 1 }\n' }),
  });
  t.equal(status, 1);
  t.match(stdout, /^bad +configuration: gateway\.yaml:1:11: error: server\.prot/m);
});

t.test('doctor connects to providers only when asked, and sends nothing', async (t) => {
  let connections = 0;
  let requests = 0;
  const server = createServer(() => {
    requests += 1;
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const provider = `{ use: openai-compatible, baseUrl: 'http://127.0.0.1:${port}/v1', allowPrivate: true, models: [m], credentials: [{ name: main, key: '\${K}' }] }`;
  const cwd = t.testdir({ 'gateway.yaml': `providers:\n  here: ${provider}\n` });
  const env = { K: 'sk-1a2b3c4d5e6f7g8h' };
  await runCommand(['doctor', '--port', '0'], { cwd, env });
  t.equal(connections, 0);
  const { stdout } = await runCommand(['doctor', '--port', '0', '--online'], { cwd, env });
  t.match(stdout, new RegExp(`^good +reaching here: 127\\.0\\.0\\.1:${port} in \\d+ ms`, 'm'));
  t.equal(connections, 1);
  t.equal(requests, 0);
});
