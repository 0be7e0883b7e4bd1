import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProviderPlugin, TranslateFunction } from '@dragoman/plugin-sdk';
import {
  checkDialect,
  formatFailures,
  loadFixtures,
  openWasm,
  testContext,
  wasmDialect,
  wasmImports,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../plugins/anthropic/src/index.ts';
import openai from '../../plugins/openai/src/index.ts';

const examples = resolve(import.meta.dirname, '../../plugin-sdk/examples');
const functions: TranslateFunction[] = [
  'decodeRequest',
  'encodeRequest',
  'decodeResponse',
  'encodeResponse',
  'decodeStream',
  'encodeStream',
  'decodeError',
  'encodeError',
];
const others = [
  { id: 'openai-chat', dialect: openai.dialects?.['openai-chat'] ?? {} },
  { id: 'anthropic-messages', dialect: anthropic.dialects?.['anthropic-messages'] ?? {} },
];

function lawFailures(id: string, bytes: Buffer): { checked: number; failures: string } {
  const recordings = loadFixtures(join(examples, id, 'fixtures'), id);
  const results = checkDialect(wasmDialect(bytes, id, functions), { id, recordings, others });
  return { checked: results.length, failures: formatFailures(results) };
}

function sha256(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

for (const { id, sources, compiler } of [
  {
    id: 'acme-c',
    sources: 'src/*.{c,h}',
    compiler: 'wasm-ld',
  },
  { id: 'acme-as', sources: 'assembly/*.ts', compiler: 'node_modules/.bin/asc' },
]) {
  const directory = join(examples, id);
  const bytes = readFileSync(join(directory, 'acme.wasm'));

  t.test(`${id}: the module that is checked in keeps all laws`, async (t) => {
    const { checked, failures } = lawFailures(id, bytes);
    t.equal(failures, '');
    t.ok(checked > 40, `${checked} checks`);
  });

  t.test(`${id}: what clients of another API lose on the way to it is told`, async (t) => {
    const acme = { id, dialect: wasmDialect(bytes, id, functions) };
    for (const { id: client, dialect } of others) {
      const folder = client === 'openai-chat' ? 'openai' : 'anthropic';
      const recordings = loadFixtures(resolve(examples, `../../plugins/${folder}/fixtures`), client);
      const results = checkDialect(dialect, {
        id: client,
        recordings,
        others: [acme],
        laws: ['loss-is-told'],
      });
      t.equal(formatFailures(results), '', client);
      t.ok(results.length > 10, `${results.length} checks`);
    }
  });

  t.test(`${id}: it imports what the sandbox gives and nothing else`, async (t) => {
    t.same(wasmImports(bytes), ['extism:host/env']);
  });

  t.test(`${id}: the module belongs to the sources beside it`, async (t) => {
    const files = globSync(sources, { cwd: directory }).sort();
    const lines = [
      `${sha256(bytes)}  acme.wasm`,
      ...files.map((file) => `${sha256(readFileSync(join(directory, file)))}  ${file}`),
    ];
    const written = readFileSync(join(directory, 'acme.wasm.sha256'), 'utf8');
    t.equal(written, `${lines.join('\n')}\n`, `build it and write down: ${lines.join('\n')}`);
  });

  t.test(`${id}: a module built here keeps them too`, async (t) => {
    if (spawnSync('sh', ['-c', `command -v ${compiler}`]).status !== 0) {
      t.comment(`${compiler} is not installed: not built`);
      return;
    }
    const output = join(t.testdir(), 'acme.wasm');
    const made = spawnSync('sh', [join(directory, 'build.sh'), output], { encoding: 'utf8' });
    t.equal(made.status, 0, made.stderr);
    t.equal(lawFailures(id, readFileSync(output)).failures, '');
  });

  t.test(`${id}: input it cannot read is the client’s fault, with the place`, async (t) => {
    const call = openWasm(bytes);
    const ask = (body: unknown) =>
      call({
        abi: 1,
        target: `dialect:${id}`,
        function: 'decodeRequest',
        input: { path: {}, query: {}, headers: {}, body } as never,
        context: testContext(id),
      });
    t.match(ask({ model: 'm', turns: 'none' }), {
      ok: false,
      error: { code: 'invalid-input', path: '/turns' },
    });
    t.match(ask(5), { ok: false, error: { code: 'invalid-input' } });
    t.match(ask({ model: 'm', turns: [{ who: 'dog', say: 'woof' }] }), { ok: false });
  });
}

t.test('acme-js: a provider in JavaScript keeps all laws, and tells what it has no place for', async (t) => {
  const directory = join(examples, 'acme-js');
  const loaded = (await import(pathToFileURL(join(directory, 'index.js')).href)) as {
    default: ProviderPlugin;
  };
  const dialect = loaded.default.dialects?.['acme-js'] ?? {};
  const recordings = loadFixtures(join(directory, 'fixtures'), 'acme-js');
  const results = checkDialect(dialect, { id: 'acme-js', recordings });
  t.equal(formatFailures(results), '');
  t.ok(results.length > 10, `${results.length} checks`);
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const body = {
    model: 'acme-1',
    messages: [
      { role: 'user', name: 'Ada', content: [{ type: 'text', text: 'Hi' }, image] },
      { role: 'assistant', content: 'Hello' },
    ],
    max_tokens: 5,
    temperature: 0.5,
    seed: 3,
    n: 1,
    tool_choice: 'auto',
    response_format: { type: 'text' },
    tools: [{ type: 'function', function: { name: 'f' } }],
    mood: 'good',
  };
  const wire = { path: {}, query: {}, headers: {}, body };
  const request = openai.dialects['openai-chat'].decodeRequest(wire, testContext('openai-chat')).output;
  const { output, warnings = [] } = dialect.encodeRequest?.(request, testContext('acme-js')) ?? {};
  t.match(output?.body, {
    turns: [
      { who: 'user', say: 'Hi' },
      { who: 'model', say: 'Hello' },
    ],
    limit: 5,
    heat: 0.5,
  });
  t.same(
    warnings.map(({ code, path }) => `${code} ${path}`),
    [
      'dropped /messages/0/name',
      'unsupported /messages/0/parts/1',
      'dropped /seed',
      'unsupported /tools',
      'dropped /extensions/openai-chat/mood',
    ],
  );
});
