import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../core/cli/command.ts';
import { type ChatReply, chat } from '../helpers/chat.ts';
import { startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

/** A version that goes wrong in every request it encodes. */
function wrongFiles(id: string, version: number, origin: string, wrong: string): Record<string, string> {
  const files = versionedFiles(id, version, origin);
  const manifest = { ...JSON.parse(files['plugin.json'] ?? '{}'), limits: { timeoutMs: 200 } };
  return {
    ...files,
    'src/index.ts': (files['src/index.ts'] ?? '').replace(
      'encodeRequest: (request) => (',
      `encodeRequest: (request) => { ${wrong} }, unused: (request) => (`,
    ),
    'plugin.json': JSON.stringify(manifest),
  };
}

const trust = {
  inlined: 'inline',
  threaded: 'worker',
  sandboxed: 'sandbox',
  hanging: 'worker',
  looping: 'sandbox',
  steady: 'worker',
};
/** The tiers, by a plugin of each. */
const failing = ['inlined', 'threaded', 'sandboxed'];
const endless = ['hanging', 'looping'];

t.test('plugins whose calls fail, while another one serves', { timeout: 110_000 }, async (t) => {
  const upstream = await startWordUpstream();
  t.teardown(() => upstream.close());
  const { origin } = upstream;
  const providers = Object.fromEntries(
    Object.keys(trust).map((id) => [id, { allowPrivate: true, retries: 0 }]),
  );
  const plugins = { trust, breaker: { pauseSeconds: 0.6, maxKills: 3 } };
  const cwd = t.testdir({
    'gateway.yaml': JSON.stringify({ plugins, providers, translation: { workers: 2 } }),
  });
  const folder = (id: string): string => join(cwd, 'plugins', id);
  for (const id of [...failing, 'steady']) writePlugin(folder(id), versionedFiles(id, 1, origin));
  for (const id of endless) writePlugin(folder(id), wrongFiles(id, 1, origin, 'for (;;) {}'));
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  const ask = (id: string): Promise<ChatReply> =>
    chat(gateway, { model: `${id}/toy`, stream: true, max_tokens: 1 });
  const steady = startLoad(gateway, 'steady', 2);

  async function takeBack(t: Test, id: string): Promise<void> {
    t.match(await ask(id), { text: '1.1.1 ' });
    const from = gateway.lines.length;
    const bad = wrongFiles(id, 2, origin, "throw new Error('no luck today');");
    writePlugin(folder(id), bad);
    await gateway.until(({ message }) => message === `plugin ${id} 1.0.2 was replaced`, from);
    const failures = await Promise.all(Array.from({ length: 10 }, () => ask(id)));
    t.ok(failures.every(({ status }) => status === 502));
    const line = await gateway.until(
      ({ fields }) => fields.code === 'GW_PLUGIN_ROLLED_BACK' && fields.plugin === id,
      from,
    );
    t.match(line, { level: 'warn', fields: { state: 'previous', version: '1.0.1' } });
    t.match(
      line.message,
      /^version 1\.0\.1 stays in use: Plugin '\w+': version 1\.0\.2 was taken back: \d+ of its \d+ calls in 30 s failed; /,
    );
    t.notMatch(line.message, '\n');
    t.match(await ask(id), { status: 200, text: '1.1.1 ' });
    writePlugin(folder(id), bad);
  }
  for (const id of failing) {
    t.test(`a version of ${id} that fails in use goes back to the one before`, (t) => takeBack(t, id));
  }

  await t.test('what was taken back is not tried again, and another process is told the same', async (t) => {
    const from = gateway.lines.length;
    const { stdout } = await runCommand(['plugins'], { cwd });
    for (const id of failing) {
      t.match(stdout, new RegExp(`^${id} +1\\.0\\.1 +previous .*1\\.0\\.2 was taken back`, 'm'));
      t.match(await ask(id), { text: '1.1.1 ' });
      writePlugin(folder(id), versionedFiles(id, 3, origin));
      await gateway.until(({ message }) => message === `plugin ${id} 1.0.3 is in order again`, from);
      t.match(await ask(id), { text: '3.3.3 ' });
    }
    const history = await runCommand(['plugins', 'history', 'threaded', '--json'], { cwd });
    t.match(JSON.parse(history.stdout), [
      { outcome: 'on', version: '1.0.1' },
      { outcome: 'swapped', version: '1.0.2' },
      {
        outcome: 'rolled-back',
        version: '1.0.2',
        code: 'GW_PLUGIN_ROLLED_BACK',
        reason: /calls in 30 s failed/,
      },
      { outcome: 'swapped', version: '1.0.3' },
    ]);
    const table = await runCommand(['plugins', 'history'], { cwd });
    t.match(table.stdout, /^TIME +PLUGIN +VERSION +HASH +OUTCOME +REASON\n/);
    t.match(
      table.stdout,
      /^\d{4}-\S+ +inlined +1\.0\.2 +[0-9a-f]{12} +rolled-back .*failed \(GW_PLUGIN_ROLLED_BACK\)$/m,
    );
  });

  for (const id of endless) {
    await t.test(`a plugin that hangs (${id}) costs its time a few times, not with every call`, async (t) => {
      const from = gateway.lines.length;
      const replies = await Promise.all(Array.from({ length: 40 }, () => ask(id)));
      const codeOf = ({ headers }: ChatReply): string | null => headers.get('x-dragoman-error');
      const hung = replies.filter((reply) => codeOf(reply) === 'GW_TRANSLATE_TIMEOUT').length;
      t.ok(hung >= 3 && hung <= 6, `${hung} of 40 calls had to be stopped`);
      const paused = replies.filter((reply) => codeOf(reply) === 'GW_TRANSLATE_PAUSED');
      t.equal(paused.length, 40 - hung, 'all others failed at once');
      t.match(paused[0], { status: 503, error: `Plugin '${id}' is not asked for 0.6 s` });
      t.equal(paused[0]?.headers.get('retry-after'), '1');
      const line = await gateway.until(
        ({ message }) => message.startsWith(`plugin ${id} is not asked for 0.6 s`),
        from,
      );
      t.match(line, {
        level: 'warn',
        message: /of its \d+ calls in 30 s failed, \d+ of them had to be stopped$/,
      });
      writePlugin(folder(id), versionedFiles(id, 2, origin));
      await gateway.until(({ message }) => message === `plugin ${id} 1.0.2 was replaced`, from);
      t.match(await ask(id), { status: 200, text: '2.2.2 ' }, 'another version is asked at once');
    });
  }

  await steady.stop();
  t.same(steady.failures, [], 'no other plugin noticed');
  await gateway.stop();
});
