import { join } from 'node:path';
import t from 'tap';
import { runCommand } from '../core/cli/command.ts';
import { chat } from '../helpers/chat.ts';
import { startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

/** A version that goes wrong in every request it encodes. */
function wrongFiles(id: string, version: number, origin: string, wrong: string): Record<string, string> {
  const files = versionedFiles(id, version, origin);
  const code = files['src/index.ts'] ?? '';
  return {
    ...files,
    'src/index.ts': code.replace(
      'encodeRequest: (request) => (',
      `encodeRequest: (request) => { ${wrong} }, unused: (request) => (`,
    ),
  };
}

for (const trust of ['inline', 'worker']) {
  t.test(`a version (trust: ${trust}) that fails in use goes back to the one before`, async (t) => {
    const upstream = await startWordUpstream();
    t.teardown(() => upstream.close());
    const cwd = t.testdir({
      'gateway.yaml': `plugins: { trust: { acme: ${trust}, steady: ${trust} } }
providers: { acme: { allowPrivate: true, retries: 0 }, steady: { allowPrivate: true } }
`,
    });
    const { origin } = upstream;
    const folder = join(cwd, 'plugins/acme');
    writePlugin(folder, versionedFiles('acme', 1, origin));
    writePlugin(join(cwd, 'plugins/steady'), versionedFiles('steady', 1, origin));
    const gateway = await startGatewayProcess(cwd);
    t.teardown(() => gateway.kill());
    const ask = () => chat(gateway, { model: 'acme/toy', stream: true, max_tokens: 1 });
    const steady = startLoad(gateway, 'steady', 2);
    t.match(await ask(), { text: '1.1.1 ' });

    const from = gateway.lines.length;
    const bad = wrongFiles('acme', 2, origin, "throw new Error('no luck today');");
    writePlugin(folder, bad);
    await gateway.until(({ message }) => message === 'plugin acme 1.0.2 was replaced', from);
    const failures = await Promise.all(Array.from({ length: 10 }, ask));
    t.ok(failures.every(({ status }) => status === 502));
    const line = await gateway.until(({ fields }) => fields.code === 'GW_PLUGIN_ROLLED_BACK', from);
    t.match(line, { level: 'warn', fields: { plugin: 'acme', state: 'previous', version: '1.0.1' } });
    t.match(
      line.message,
      /^version 1\.0\.1 stays in use: Plugin 'acme': version 1\.0\.2 was taken back: \d+ of its \d+ calls in 30 s failed; /,
    );
    t.notMatch(line.message, '\n');
    t.match(await ask(), { status: 200, text: '1.1.1 ' });

    writePlugin(folder, bad);
    const { stdout } = await runCommand(['plugins'], { cwd });
    t.match(stdout, /^acme +1\.0\.1 +previous .*1\.0\.2 was taken back/m, 'another process is told the same');
    t.match(await ask(), { text: '1.1.1 ' }, 'what was taken back is not tried again');

    writePlugin(folder, versionedFiles('acme', 3, origin));
    await gateway.until(({ message }) => message === 'plugin acme 1.0.3 is in order again', from);
    t.match(await ask(), { text: '3.3.3 ' });
    const history = await runCommand(['plugins', 'history', 'acme', '--json'], { cwd });
    t.match(
      (JSON.parse(history.stdout) as object[]).map((entry) => ({ ...entry, time: '' })),
      [
        { outcome: 'on', version: '1.0.1' },
        { outcome: 'swapped', version: '1.0.2' },
        {
          outcome: 'rolled-back',
          version: '1.0.2',
          code: 'GW_PLUGIN_ROLLED_BACK',
          reason: /calls in 30 s failed/,
        },
        { outcome: 'swapped', version: '1.0.3' },
      ],
    );
    const table = await runCommand(['plugins', 'history'], { cwd });
    t.match(table.stdout, /^TIME +PLUGIN +VERSION +HASH +OUTCOME +REASON\n/);
    t.match(
      table.stdout,
      /^\d{4}-\S+ +acme +1\.0\.2 +[0-9a-f]{12} +rolled-back .*failed \(GW_PLUGIN_ROLLED_BACK\)$/m,
    );
    await steady.stop();
    t.same(steady.failures, [], 'no other plugin noticed');
    await gateway.stop();
  });
}

t.test('a plugin that hangs costs its time a few times and not with every call', async (t) => {
  const upstream = await startWordUpstream();
  t.teardown(() => upstream.close());
  const cwd = t.testdir({
    'gateway.yaml': `plugins: { trust: { acme: worker, steady: worker }, breaker: { pauseSeconds: 0.6, maxKills: 3 } }
providers: { acme: { allowPrivate: true, retries: 0 }, steady: { allowPrivate: true } }
translation: { workers: 2 }
`,
  });
  const { origin } = upstream;
  const folder = join(cwd, 'plugins/acme');
  const hanging = wrongFiles('acme', 1, origin, 'for (;;) {}');
  const manifest = { ...JSON.parse(hanging['plugin.json'] ?? '{}'), limits: { timeoutMs: 200 } };
  writePlugin(folder, { ...hanging, 'plugin.json': JSON.stringify(manifest) });
  writePlugin(join(cwd, 'plugins/steady'), versionedFiles('steady', 1, origin));
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  const ask = () => chat(gateway, { model: 'acme/toy', stream: true, max_tokens: 1 });
  const steady = startLoad(gateway, 'steady', 2);

  const from = gateway.lines.length;
  const replies = await Promise.all(Array.from({ length: 40 }, ask));
  const codes = replies.map(({ headers }) => headers.get('x-dragoman-error'));
  const hung = codes.filter((code) => code === 'GW_TRANSLATE_TIMEOUT').length;
  t.ok(hung >= 3 && hung <= 6, `${hung} of 40 calls had to be stopped`);
  t.equal(
    codes.filter((code) => code === 'GW_TRANSLATE_PAUSED').length,
    40 - hung,
    'all others failed at once',
  );
  const paused = replies.find(({ headers }) => headers.get('x-dragoman-error') === 'GW_TRANSLATE_PAUSED');
  t.match(paused, { status: 503, error: /Plugin 'acme' is not asked for 0\.6 s/ });
  t.equal(paused?.headers.get('retry-after'), '1');
  t.match(
    await gateway.until(({ message }) => message.startsWith('plugin acme is not asked for 0.6 s'), from),
    {
      level: 'warn',
      message: /of its \d+ calls in 30 s failed, \d+ of them had to be stopped$/,
    },
  );

  writePlugin(folder, versionedFiles('acme', 2, origin));
  await gateway.until(({ message }) => message === 'plugin acme 1.0.2 was replaced', from);
  t.match(await ask(), { status: 200, text: '2.2.2 ' }, 'another version is asked at once');
  await steady.stop();
  t.same(steady.failures, [], 'no other plugin noticed');
  await gateway.stop();
});
