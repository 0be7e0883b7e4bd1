import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createMetrics } from '../../../core/observe/metrics.ts';
import type { Snapshot } from '../../../core/plugins/snapshot.ts';
import { createRunners } from '../../../core/translate/make-runner.ts';
import { toyFiles, toyManifest, writePlugin } from '../../modules/toy.ts';
import { wasmToy } from '../../modules/wasm-toys.ts';
import { context } from '../translate/plans.ts';
import { openHost } from './open-host.ts';

const yaml = 'providers: { acme: {} }\ntranslation: { workers: 1 }\n';

function open(t: Test, cwd: string) {
  const metrics = createMetrics();
  const makeRunner = createRunners({ log: silentLog, metrics });
  return openHost(t, cwd, { makeRunner }).then((opened) => ({ ...opened, metrics }));
}

/** What the local provider says, by way of the tier it is in. */
async function ask(snapshot: Snapshot, id: string): Promise<string> {
  const module = snapshot.providers.get(id)?.local;
  if (!module) throw new Error(`${id} is not there`);
  const step = { type: 'translate' as const, module, target: `provider:${id}` as const, config: {} };
  const request = { model: 'toy', messages: [], stream: false };
  const run = await snapshot.runner.call([{ ...step, function: 'respond' }], request, context, []);
  return JSON.stringify(run.output);
}

const answer = (text: string) => [
  { type: 'response-start', id: 'r', model: 'toy' },
  { type: 'part-start', index: 0, part: { type: 'text' } },
  { type: 'part-delta', index: 0, delta: { type: 'text', text } },
  { type: 'part-end', index: 0 },
  { type: 'response-end', finish: { reason: 'stop' } },
];

async function writeWasm(directory: string, text: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const reply = JSON.stringify({ ok: true, output: answer(text) });
  writeFileSync(join(directory, 'acme.wasm'), await wasmToy({ reply }));
  const manifest = toyManifest({ id: 'acme', manifest: { runtime: { wasm: './acme.wasm' } } });
  writeFileSync(join(directory, 'plugin.json'), JSON.stringify(manifest));
}

t.test('TypeScript that is dropped in runs in the sandbox, and is replaced there', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml });
  const code = (text: string) => `import { definePlugin } from '@dragoman/plugin-sdk';
const text: string = ${JSON.stringify(text)};
const events = ${JSON.stringify(answer('#'))};
const respond = () => ({ output: JSON.parse(JSON.stringify(events).replace('#', text + typeof process)) });
export default definePlugin({ locals: { acme: { respond } } });
`;
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', code: code('one ') }));
  const { host, report, metrics } = await open(t, cwd);
  t.match(report('acme'), { state: 'on', tier: 'sandbox' });
  const { cost } = host.registry.current.plugins.get('acme')?.module ?? {};
  t.ok((cost?.loadMs ?? 0) > 0 && (cost?.memoryKb ?? 0) > 1_000, 'what it costs was measured');
  const lease = host.registry.lease();
  t.match(await ask(lease.snapshot, 'acme'), '"one undefined"');
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', code: code('two ') }));
  t.match(await host.reload('test'), { outcome: 'swapped' });
  t.match(await ask(host.registry.current, 'acme'), '"two undefined"');
  t.match(await ask(lease.snapshot, 'acme'), '"one undefined"', 'who began with the old one ends with it');
  lease.release();
  const text = await metrics.text();
  t.match(text, /dragoman_translate_seconds_count\{plugin="acme",tier="sandbox"\} 3/);
  t.match(text, /dragoman_sandbox_instances_total\{plugin="acme",event="created"\} \d/);
});

t.test('so does a module of another language, whatever trust it is given', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': `plugins: { trust: { acme: inline } }\n${yaml}` });
  await writeWasm(join(cwd, 'plugins/acme'), 'one');
  const { host, report } = await open(t, cwd);
  t.match(report('acme'), { state: 'on', tier: 'sandbox' });
  t.match(await ask(host.registry.current, 'acme'), '"one"');
  await writeWasm(join(cwd, 'plugins/acme'), 'two');
  await host.reload('test');
  t.match(await ask(host.registry.current, 'acme'), '"two"');
});

t.test('what does not fit there keeps its previous version, and says why', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml });
  await writeWasm(join(cwd, 'plugins/acme'), 'one');
  const { host, report } = await open(t, cwd);
  const broken: [string, RegExp][] = [
    ['no module', /'acme'.*WebAssembly/],
    [
      Buffer.from(await wasmToy({ name: 'other' })).toString('latin1'),
      /does not export the function translate/,
    ],
  ];
  for (const [bytes, reason] of broken) {
    writeFileSync(join(cwd, 'plugins/acme/acme.wasm'), bytes, 'latin1');
    await host.reload('test');
    t.match(report('acme'), { state: 'previous', tier: 'sandbox', code: 'GW_PLUGIN_LOAD', reason });
    t.match(await ask(host.registry.current, 'acme'), '"one"');
  }
});
