import t from 'tap';
import { showProblem } from '../../../core/config/load.ts';
import { loadYaml } from './temp-folder.ts';

/** gateway.yaml, and every error it must give: line, column, path, message, suggestion. */
const cases: { name: string; yaml: string; errors: [number, number, string, string, string?][] }[] = [
  {
    name: 'an unknown key at the top',
    yaml: 'sever: { port: 1 }\n',
    errors: [[1, 1, 'sever', 'unknown key', 'server']],
  },
  {
    name: 'an unknown key deep inside',
    yaml: 'server:\n  host: 127.0.0.1\n  prot: 8000\n',
    errors: [[3, 3, 'server.prot', 'unknown key', 'port']],
  },
  {
    name: 'two letters that changed places',
    yaml: 'providers:\n  openai:\n    bsaeUrl: https://x.test\n',
    errors: [[3, 5, 'providers.openai.bsaeUrl', 'unknown key', 'baseUrl']],
  },
  {
    name: 'an unknown key that is like no other',
    yaml: 'translation: { quux: 1 }\n',
    errors: [[1, 16, 'translation.quux', 'unknown key; known are inlineBelowKb, loss, askUsage, workers']],
  },
  {
    name: 'an unknown key in a list of models, which may be strings too',
    yaml: 'providers:\n  x:\n    models:\n      - plain\n      - { id: b, contextToken: 3 }\n',
    errors: [[5, 18, 'providers.x.models[1].contextToken', 'unknown key', 'contextTokens']],
  },
  {
    name: 'a wrong type',
    yaml: 'server:\n  port: high\n',
    errors: [[2, 9, 'server.port', 'must be an integer']],
  },
  {
    name: 'a number out of range',
    yaml: 'server: { port: 70000 }\n',
    errors: [[1, 17, 'server.port', 'must be <= 65535']],
  },
  {
    name: 'a value that is not in a list',
    yaml: 'translation:\n  loss: strcit\n',
    errors: [[2, 9, 'translation.loss', 'must be one of allow, warn, strict', 'strict']],
  },
  {
    name: 'a missing key',
    yaml: 'routes:\n  - model: fast\n',
    errors: [[2, 5, 'routes[0].to', 'is missing']],
  },
  {
    name: 'a misspelt required key is one problem, not two',
    yaml: 'routes:\n  - { modle: fast, to: [a/b] }\n',
    errors: [[2, 7, 'routes[0].modle', 'unknown key', 'model']],
  },
  {
    name: 'a route to something that is no provider/model',
    yaml: 'routes: [{ model: fast, to: [gpt] }]\n',
    errors: [[1, 30, 'routes[0].to[0]', "does not fit 'provider/model'"]],
  },
  {
    name: 'a provider name that cannot be a prefix',
    yaml: 'providers:\n  My_Own: {}\n',
    errors: [
      [2, 3, 'providers.My_Own', 'is not a valid name here: lower-case letters, digits and single hyphens'],
    ],
  },
  {
    name: 'an address without a scheme',
    yaml: 'providers:\n  x: { baseUrl: api.x.test }\n',
    errors: [
      [2, 17, 'providers.x.baseUrl', "does not fit an address: it must begin with 'http://' or 'https://'"],
    ],
  },
  {
    name: 'an address with a password',
    yaml: 'providers:\n  x: { baseUrl: "https://me:pw@x.test" }\n',
    errors: [[2, 17, 'providers.x.baseUrl', 'must not hold a user or a password: use credentials']],
  },
  {
    name: 'a credential with nothing secret in it',
    yaml: 'providers:\n  x: { credentials: [{ name: a }] }\n',
    errors: [[2, 22, 'providers.x.credentials[0].key', 'is missing']],
  },
  {
    name: 'half of the keys of an AWS account',
    yaml: 'providers:\n  x: { credentials: [{ accessKeyId: AKIA, secretAcessKey: x }] }\n',
    errors: [[2, 43, 'providers.x.credentials[0].secretAcessKey', 'unknown key', 'secretAccessKey']],
  },
  {
    name: 'a key beside the keys of an AWS account',
    yaml: "providers:\n  x: { credentials: [{ key: '${A:-k}', accessKeyId: AKIA, secretAccessKey: '${A:-k}' }] }\n",
    errors: [[2, 24, 'providers.x.credentials[0].key', 'is not allowed here']],
  },
  {
    name: 'a key written twice',
    yaml: 'server: {}\nserver: {}\n',
    errors: [[2, 1, '', 'map keys must be unique']],
  },
  {
    name: 'aliases',
    yaml: 'server: &a { port: 1 }\nobserve: *a\n',
    errors: [[2, 10, '', 'aliases are not allowed']],
  },
  {
    name: 'a custom tag',
    yaml: 'server: !!js/function x\n',
    errors: [[1, 9, '', 'unresolved tag: tag:yaml.org,2002:js/function']],
  },
  {
    name: 'a variable that is not set',
    yaml: "keys:\n  - { name: me, key: '${NOWHERE}' }\n",
    errors: [
      [
        2,
        22,
        'keys[0].key',
        'the environment variable NOWHERE is not set',
        'set NOWHERE in the environment or in a .env file beside the configuration, or write ${NOWHERE:-default}',
      ],
    ],
  },
  {
    name: 'a reference that is none',
    yaml: "server: { host: '${not a name}' }\n",
    errors: [
      [
        1,
        17,
        'server.host',
        'is no valid reference: ${not a name}',
        '${NAME}, ${NAME:-default}, or $${ for the two characters themselves',
      ],
    ],
  },
  {
    name: 'two clients of one name',
    yaml: "keys:\n  - { name: me, key: '0123456789abcdef-1' }\n  - { name: me, key: '0123456789abcdef-2' }\n",
    errors: [[3, 13, 'keys[1].name', "'me' is used twice"]],
  },
  {
    name: 'one key for two clients',
    yaml: "keys:\n  - { name: me, key: '0123456789abcdef-1' }\n  - { name: you, key: '0123456789abcdef-1' }\n",
    errors: [[3, 23, 'keys[1].key', "is also the key of 'me': whose requests are whose could not be told"]],
  },
  {
    name: 'a page that no browser would call so',
    yaml: 'server:\n  cors: [https://a.test, "*", https://a.test/]\n',
    errors: [
      [
        2,
        31,
        'server.cors[2]',
        "is no origin: it is 'https://' and a host in lower case, with a port if any, and nothing after it",
      ],
    ],
  },
  {
    name: 'a header that cannot be sent',
    yaml: 'providers:\n  x: { headers: { host: a, x-b: "b\\nc", x-d: e } }\n',
    errors: [
      [2, 19, 'providers.x.headers.host', 'is set by the gateway'],
      [2, 28, 'providers.x.headers.x-b', 'has a value that cannot stand in a header'],
    ],
  },
  {
    name: 'a time longer than timers run',
    yaml: 'server: { drainSeconds: 1e9 }\n',
    errors: [[1, 25, 'server.drainSeconds', 'must be <= 86400']],
  },
];

for (const { name, yaml, errors } of cases) {
  t.test(`${name} is an error with its place`, async (t) => {
    const { problems, settings } = await loadYaml(t.testdir(), yaml);
    t.equal(settings, null, 'there are no settings');
    t.same(
      problems
        .filter((problem) => problem.severity === 'error')
        .map(({ line, column, path, message, suggestion }) => [line, column, path, message, suggestion]),
      errors.map((error) => [...error, undefined].slice(0, 5)),
    );
  });
}

t.test('all problems are reported, not only the first', async (t) => {
  const yaml =
    "server: { prot: 1, port: x }\nproviders:\n  a: { baseURL: http://x, credentials: [{ key: '${NOPE}' }] }\ntranslation: { loss: lots }\n";
  const { problems } = await loadYaml(t.testdir(), yaml);
  t.same(
    new Set(problems.map((problem) => problem.path)),
    new Set([
      'server.prot',
      'server.port',
      'providers.a.baseURL',
      'providers.a.credentials[0].key',
      'translation.loss',
    ]),
  );
});

t.test('text that is no YAML is an error with its place', async (t) => {
  const { problems } = await loadYaml(t.testdir(), 'server:\n  host: "never closed\n');
  t.match(problems, [{ severity: 'error', line: 3, path: '' }]);
});

t.test('no message repeats a secret, whatever is wrong with it', async (t) => {
  const secrets = ['sk-your-key-hunter2', 'hunter2 with a space', 'hunter2', 'hunter2–dash-0123456789'];
  for (const secret of secrets) {
    const yaml = `keys: [{ name: a, key: "${secret}" }]\nproviders: { x: { credentials: [{ key: "${secret}" }, { key: "${secret}" }] } }\n`;
    const { problems } = await loadYaml(t.testdir(), yaml);
    t.ok(problems.length > 0);
    t.notMatch(problems.map(showProblem).join('\n'), /hunter2/);
  }
});

t.test('a broken text with a secret in it is not quoted', async (t) => {
  for (const yaml of [
    'keys:\n  - { name: a, key: hunter2\n: : hunter2 ]\n',
    '- a\nkeys: hunter2\n',
    '} hunter2\n',
  ]) {
    const { problems } = await loadYaml(t.testdir(), yaml);
    t.ok(problems.length > 0);
    t.notMatch(problems.map(showProblem).join('\n'), /hunter2/);
  }
});

t.test('one slip in the text does not bury itself under what follows from it', async (t) => {
  const entries = Array.from({ length: 50 }, (_, n) => `  p${n}: { use: openai-compatible, enabled: false }`);
  const { problems } = await loadYaml(t.testdir(), ['- a', 'providers:', ...entries].join('\n'));
  t.ok(problems.length <= 3, `${problems.length} problems`);
  t.equal(problems[0]?.line, 2, 'the first is where it began');
});

t.test('two documents in one file are refused in plain words', async (t) => {
  const { problems } = await loadYaml(t.testdir(), 'server: {}\n---\nserver: {}\n');
  t.same(problems.map(showProblem), [
    '2:1 the file holds several documents; keep one and remove the line ---',
  ]);
});

t.test('a suggestion reads as what it is: a name to write instead, or what to do', async (t) => {
  const { problems } = await loadYaml(t.testdir(), 'sever: { port: "${NO_SUCH}" }\n');
  const shown = problems.map(showProblem).join('\n');
  t.match(shown, "1:1 sever: unknown key (did you mean 'server'?)");
  t.match(shown, /is not set \(set NO_SUCH in/);
});
