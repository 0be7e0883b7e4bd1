import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Json } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createMetrics } from '../../../core/observe/metrics.ts';
import { makeEngineSnapshot } from '../../../core/plugins/make-engine-snapshot.ts';
import { readManifest } from '../../../core/plugins/manifest.ts';
import { readFolder } from '../../../core/plugins/read-folder.ts';
import type { Snapshot } from '../../../core/plugins/snapshot.ts';
import { readSnapshot, writeSnapshot } from '../../../core/translate/engine-snapshot.ts';
import { createRunners } from '../../../core/translate/make-runner.ts';
import { manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { runCommand } from '../cli/command.ts';
import { context } from '../translate/plans.ts';
import { openHost } from './open-host.ts';

/** Answers with a text and how often it was called, which is once: nothing is kept. Eats memory when it is given a message. */
const code = (text: string) => `import { definePlugin, makeId } from '@dragoman/plugin-sdk';
let calls = 0;
const respond = (request, context) => {
  for (const eaten = []; request.messages.length > 0; ) eaten.push(new Uint8Array(100_000).fill(1));
  return answer(context);
};
const answer = (context) => ({ output: [
  { type: 'response-start', id: makeId(context, 'r', 1), model: 'toy' },
  { type: 'part-start', index: 0, part: { type: 'text' } },
  { type: 'part-delta', index: 0, delta: { type: 'text', text: ${JSON.stringify(text)} + ++calls } },
  { type: 'part-end', index: 0 },
  { type: 'response-end', finish: { reason: 'stop' } },
] });
export default definePlugin({ locals: { acme: { respond } } });
`;
const filesOf = (text: string, manifest = {}) => toyFiles({ id: 'acme', code: code(text), manifest });

async function ask({ plugins, runner }: Snapshot, requestId: string, messages: Json[] = []): Promise<string> {
  const module = plugins.get('acme')?.module;
  if (!module) throw new Error('acme is not there');
  const step = { type: 'translate' as const, module, target: 'provider:acme' as const, config: {} };
  const request = { model: 'toy', messages, stream: false };
  const { output } = await runner.call(
    [{ ...step, function: 'respond' }],
    request,
    { ...context, requestId },
    [],
  );
  return JSON.stringify(output).match(/"delta":\{[^}]*"text":"([^"]*)"/)?.[1] ?? '';
}

async function openWith(t: Test, manifest = {}) {
  const cwd = t.testdir({
    'gateway.yaml': 'providers: { acme: {} }\ntranslation: { workers: 1 }\n',
  });
  const folder = join(cwd, 'plugins/acme');
  const file = join(folder, 'plugin.snapshot');
  writePlugin(folder, filesOf('one ', manifest));
  const content = readFolder('acme', folder);
  const made = await makeEngineSnapshot(await readManifest('acme', content), content, () => undefined);
  writeFileSync(file, made.file);
  const said: string[] = [];
  const log = { ...silentLog, info: (message: string) => said.push(message) };
  const { host, report } = await openHost(t, cwd, {
    makeRunner: createRunners({ log, metrics: createMetrics() }),
  });
  return { cwd, folder, file, made, said, host, report };
}

t.test('a snapshot takes the place of loading', async (t) => {
  const { cwd, file, made, host, said, report } = await openWith(t);
  const fileBytes = made.file.byteLength;
  const { memoryBytes } = made;
  t.ok(fileBytes > 10_000 && fileBytes < memoryBytes / 4, `${fileBytes} of ${memoryBytes} bytes`);
  t.match(report('acme'), { state: 'on', tier: 'sandbox' });
  const { current } = host.registry;
  t.match(current.plugins.get('acme')?.module?.cost, { fromSnapshot: true, memoryKb: memoryBytes / 1_024 });
  t.same(
    [await ask(current, 'a'), await ask(current, 'b'), await ask(current, 'c')],
    ['one 1', 'one 1', 'one 1'],
  );
  t.same(
    said.filter((line) => /snapshot/.test(line)),
    [],
  );

  const listed = await runCommand(['plugins'], { cwd });
  t.match(listed.stdout, /acme .* a thread loads it from its snapshot in \d+\.\d ms/);
  const snapshot = (...more: string[]) =>
    runCommand(['plugins', 'snapshot', 'plugins/acme', ...more], { cwd });
  const [again, json] = [await snapshot(), await snapshot('--json')];
  t.match(
    again.stdout,
    /^plugins\/acme\/plugin\.snapshot: \d\.\d MB of memory in \d+ KB\. A thread loads acme in /,
  );
  t.match(JSON.parse(json.stdout), { plugin: 'acme', version: '1.0.0', fileBytes, memoryBytes });
  t.equal(again.stderr + json.stderr, '');
  t.ok(readFileSync(file).equals(made.file), 'the same every time');
});

t.test('one that does not fit is left aside, and the log says why', async (t) => {
  const { folder, host, said } = await openWith(t);
  writePlugin(folder, filesOf('two '));
  t.match(await host.reload('test'), { outcome: 'swapped' });
  t.match(host.registry.current.plugins.get('acme')?.module?.cost, { fromSnapshot: false });
  t.equal(await ask(host.registry.current, 'x'), 'two 1', 'new code is never hidden by an old snapshot');
  t.equal(
    said.at(-1),
    "plugin 'acme': its plugin.snapshot is not used: it was made of other code; its code is loaded instead",
  );
});

t.test('what makes a snapshot fit', async (t) => {
  const key = { engine: 'e', code: 'c', memoryMb: 8 };
  const snapshot = { memory: randomBytes(70_000), entry: 7, result: 9 };
  const file = await writeSnapshot(snapshot, key);
  const found = await readSnapshot(file, key);
  t.match(found, { entry: 7, result: 9 });
  t.ok(Buffer.from(found.memory).equals(snapshot.memory));
  const end = file.indexOf(10);
  const header = JSON.parse(file.subarray(0, end).toString()) as object;
  const body = file.subarray(end + 1);
  const forge = (changes: object, memory: Buffer = body) =>
    Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, ...changes })}\n`), memory]);
  const unfit: [Buffer, RegExp][] = [
    [forge({ engine: 'other' }), /it was made with another version of the gateway/],
    [forge({ memoryMb: 32 }), /it was made for 32 MB of memory, and it has 8/],
    [forge({ code: 'other' }), /it was made of other code/],
    [forge({ format: 2 }), /it is not a snapshot this version of the gateway can read/],
    [forge({ entry: '1' }), /it is not a snapshot/],
    [Buffer.from('null'), /it is not a snapshot/],
    [Buffer.alloc(4_096), /it is not a snapshot/],
    [file.subarray(0, -1_000), /what it holds is not 8 MB of memory or less/],
    [forge({}, brotliCompressSync(Buffer.alloc(9 * 1_048_576))), /what it holds is not 8 MB/],
  ];
  for (const [bytes, message] of unfit) await t.rejects(readSnapshot(bytes, key), { message });
});

t.test('one that was forged to fit is refused, and the version before goes on', async (t) => {
  const { file, host, report } = await openWith(t);
  const original = readFileSync(file);
  const start = original.indexOf(10) + 1;
  for (const memory of [Buffer.alloc(0), Buffer.alloc(3_000_000, 7)]) {
    writeFileSync(file, Buffer.concat([original.subarray(0, start), brotliCompressSync(memory)]));
    await host.reload('test');
    t.match(report('acme'), {
      state: 'previous',
      code: 'GW_PLUGIN_LOAD',
      reason: /its plugin\.snapshot does not run \(.*\): make it again, or delete it/,
    });
    t.equal(await ask(host.registry.current, `after ${memory.length}`), 'one 1');
  }
  rmSync(file);
  await host.reload('test');
  t.match(report('acme'), { state: 'on' });
  t.match(host.registry.current.plugins.get('acme')?.module?.cost, { fromSnapshot: false });
});

t.test('its limit of memory holds as without one', async (t) => {
  const { host } = await openWith(t, { limits: { memoryMb: 16 } });
  t.match(host.registry.current.plugins.get('acme')?.module?.cost, { fromSnapshot: true });
  await t.rejects(ask(host.registry.current, 'a', [{}]), { code: 'GW_TRANSLATE_LIMIT', message: /16 MB/ });
  t.equal(await ask(host.registry.current, 'b'), 'one 1');
});

t.test('what has no JavaScript, or does not load, has no snapshot', async (t) => {
  const cwd = t.testdir();
  writePlugin(join(cwd, 'bad'), toyFiles({ id: 'bad', code: 'throw new Error("not today");' }));
  writePlugin(join(cwd, 'none'), manifestOnly('none'));
  const snapshot = (folder: string) => runCommand(['plugins', 'snapshot', folder], { cwd });
  const [bad, none, nowhere] = await Promise.all([snapshot('bad'), snapshot('none'), snapshot('nowhere')]);
  t.match(bad, { status: 1, stderr: /Plugin 'bad'.*not today/ });
  t.match(none, { status: 1, stderr: /none has no JavaScript \(runtime\.js\)/ });
  t.match(nowhere, { status: 1, stderr: /nowhere.*no such file or folder/ });
  t.notOk(existsSync(join(cwd, 'bad/plugin.snapshot')));
});
