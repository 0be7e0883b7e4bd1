import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../core/cli/command.ts';
import { type ChatReply, chat, postChat, readStream } from '../helpers/chat.ts';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

interface Stage {
  gateway: GatewayProcess;
  cwd: string;
  origin: string;
  folder(id: string): string;
  ask(id: string, words?: number): Promise<ChatReply>;
}

/** A gateway with the plugin `steady`, and room for `acme`. Both are asked all the time; nothing may fail. */
async function open(t: Test, trust: string): Promise<Stage> {
  const upstream = await startWordUpstream();
  t.teardown(() => upstream.close());
  const cwd = t.testdir({
    'gateway.yaml': `plugins: { trust: { acme: ${trust}, steady: ${trust} } }
providers: { acme: { allowPrivate: true }, steady: { allowPrivate: true } }
`,
  });
  const { origin } = upstream;
  const folder = (id: string): string => join(cwd, 'plugins', id);
  writePlugin(folder('steady'), versionedFiles('steady', 1, origin));
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  const ask = (id: string, words = 3): Promise<ChatReply> =>
    chat(gateway, { model: `${id}/toy`, stream: true, max_tokens: words });
  return { gateway, cwd, origin, folder, ask };
}

const slips: { name: string; files: Record<string, string>; code: string; why: RegExp }[] = [
  {
    name: 'JSON that is broken',
    files: { 'plugin.json': '{ "id": "acme",\n' },
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    why: /plugin\.json is not valid: \d+:\d+/,
  },
  {
    name: 'a manifest with an unknown key',
    files: { 'plugin.json': JSON.stringify({ apiVersion: '1', id: 'acme', nmae: 'acme' }) },
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    why: /nmae/,
  },
  {
    name: 'code that does not parse',
    files: { 'src/index.ts': 'export default {;' },
    code: 'GW_PLUGIN_LOAD',
    why: /src\/index\.ts:1:17/,
  },
  {
    name: 'code that throws when it is loaded',
    files: { 'src/index.ts': 'throw new Error("no luck today");' },
    code: 'GW_PLUGIN_LOAD',
    why: /no luck today/,
  },
  {
    name: 'code without a function its manifest promises',
    files: { 'src/index.ts': 'export default { dialects: { "acme-chat": { decodeError() {} } } };' },
    code: 'GW_PLUGIN_LOAD',
    why: /dialects\.acme-chat\.encodeRequest/,
  },
];

for (const trust of ['inline', 'worker']) {
  t.test(
    `a plugin (trust: ${trust}) comes, is replaced, breaks, is repaired and goes under load`,
    {
      timeout: 110_000,
    },
    async (t) => {
      const { gateway, cwd, origin, folder, ask } = await open(t, trust);
      const others = startLoad(gateway, 'steady', 4);

      t.equal((await ask('acme')).status, 404, 'before it is there nobody has its model');
      let from = gateway.lines.length;
      writePlugin(folder('acme'), versionedFiles('acme', 1, origin));
      await gateway.until(({ message }) => message === 'plugin acme 1.0.1 is on', from);
      t.match(await ask('acme'), { status: 200, text: '1.1.1 1.1.1 1.1.1 ', finish: 'stop' });

      const own = startLoad(gateway, 'acme', 3);
      for (const [index, { name, files, code, why }] of slips.entries()) {
        const version = index + 1;
        from = gateway.lines.length;
        writePlugin(folder('acme'), files);
        const line = await gateway.until(({ fields }) => fields.state === 'previous', from);
        t.match(line, { level: 'warn', fields: { plugin: 'acme', code } }, name);
        t.match(line.message, why, 'the log says why');
        t.match(line.message, `version 1.0.${version} stays in use: `, 'and what serves meanwhile');
        t.notMatch(line.message, '\n', 'in one line');
        t.match(
          (await gateway.plugins()).find(({ id }) => id === 'acme'),
          { state: 'previous', version: `1.0.${version}`, code, reason: why },
        );
        t.match(await ask('acme'), { text: `${version}.${version}.${version} `, finish: 'stop' });

        from = gateway.lines.length;
        writePlugin(folder('acme'), versionedFiles('acme', version + 1, origin));
        await gateway.until(
          ({ message }) => message === `plugin acme 1.0.${version + 1} is in order again`,
          from,
        );
      }
      await own.stop();
      t.same(own.failures, [], 'whatever was in its folder, every request was served by one version');

      from = gateway.lines.length;
      const long = await postChat(gateway, { model: 'acme/toy', stream: true, max_tokens: 60 });
      rmSync(folder('acme'), { recursive: true });
      await gateway.until(({ message }) => message === 'plugin acme is gone', from);
      t.match(await ask('acme'), { status: 404, error: /acme/ });
      t.match(
        readStream(await long.text()),
        { finish: 'stop' },
        'what it was answering meanwhile is answered to its end',
      );

      from = gateway.lines.length;
      writePlugin(folder('acme'), { ...versionedFiles('acme', 9, origin), 'plugin.json': '{' });
      const failed = await gateway.until(
        ({ fields }) => fields.state === 'failed' && fields.plugin === 'acme',
        from,
      );
      t.match(failed.message, /plugin\.json is not valid/, 'one that never was in order is not on');
      const { stdout } = await runCommand(['plugins'], { cwd });
      t.match(
        stdout,
        /^acme +- +failed +none +unsigned +Plugin 'acme': plugin\.json is not valid: .*\(GW_PLUGIN_MANIFEST_INVALID\)$/m,
      );
      t.match(stdout, /^steady +1\.0\.1 +on /m);

      from = gateway.lines.length;
      writePlugin(folder('acme'), versionedFiles('acme', 9, origin));
      await gateway.until(({ message }) => message === 'plugin acme 1.0.9 is on', from);
      t.match(await ask('acme'), { text: '9.9.9 ', finish: 'stop' });

      await others.stop();
      t.same(others.failures, [], 'no other plugin noticed');
      t.same([...others.versions], ['1']);
      await gateway.stop();
    },
  );
}
