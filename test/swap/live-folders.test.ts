import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../core/cli/command.ts';
import { type ChatReply, chat, postChat, readStream } from '../helpers/chat.ts';
import { type GatewayProcess, type LogLine, startGatewayProcess } from '../helpers/gateway-process.ts';
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

/** A plugin of each tier that comes and goes. */
const trust = { inlined: 'inline', threaded: 'worker', sandboxed: 'sandbox' };

/** A gateway with the plugin `steady`, and room for the others. */
async function open(t: Test): Promise<Stage> {
  const upstream = await startWordUpstream();
  t.teardown(() => upstream.close());
  const ids = [...Object.keys(trust), 'steady'];
  const cwd = t.testdir({
    'gateway.yaml': JSON.stringify({
      plugins: { trust: { ...trust, steady: 'worker' } },
      providers: Object.fromEntries(ids.map((id) => [id, { allowPrivate: true }])),
    }),
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

const slips: { name: string; files(id: string): Record<string, string>; code: string; why: RegExp }[] = [
  {
    name: 'JSON that is broken',
    files: (id) => ({ 'plugin.json': `{ "id": "${id}",\n` }),
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    why: /plugin\.json is not valid: \d+:\d+/,
  },
  {
    name: 'a manifest with an unknown key',
    files: (id) => ({ 'plugin.json': JSON.stringify({ apiVersion: '1', id, nmae: id }) }),
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    why: /nmae/,
  },
  {
    name: 'code that does not parse',
    files: () => ({ 'src/index.ts': 'export default {;' }),
    code: 'GW_PLUGIN_LOAD',
    why: /src\/index\.ts:1:17/,
  },
  {
    name: 'code that throws when it is loaded',
    files: () => ({ 'src/index.ts': 'throw new Error("no luck today");' }),
    code: 'GW_PLUGIN_LOAD',
    why: /no luck today/,
  },
  {
    name: 'code without a function its manifest promises',
    files: (id) => ({
      'src/index.ts': `export default { dialects: { '${id}-chat': { decodeError() {} } } };`,
    }),
    code: 'GW_PLUGIN_LOAD',
    why: /dialects\.\w+-chat\.encodeRequest/,
  },
];

async function comeAndGo(t: Test, stage: Stage, id: string): Promise<void> {
  const { gateway, cwd, origin, folder, ask } = stage;
  const ofIt = (message: string) => (line: LogLine) => line.message === `plugin ${id} ${message}`;
  const turnsTo = (state: string) => (line: LogLine) =>
    line.fields.plugin === id && line.fields.state === state;

  t.equal((await ask(id)).status, 404, 'before it is there nobody has its model');
  let from = gateway.lines.length;
  writePlugin(folder(id), versionedFiles(id, 1, origin));
  await gateway.until(ofIt('1.0.1 is on'), from);
  t.match(await ask(id), { status: 200, text: '1.1.1 1.1.1 1.1.1 ', finish: 'stop' });

  const own = startLoad(gateway, id, 3);
  for (const [index, { name, files, code, why }] of slips.entries()) {
    const version = index + 1;
    from = gateway.lines.length;
    writePlugin(folder(id), files(id));
    const line = await gateway.until(turnsTo('previous'), from);
    t.match(line, { level: 'warn', fields: { plugin: id, code } }, name);
    t.match(line.message, why, 'the log says why');
    t.match(line.message, `version 1.0.${version} stays in use: `, 'and what serves meanwhile');
    t.notMatch(line.message, '\n', 'in one line');
    t.match(
      (await gateway.plugins()).find((report) => report.id === id),
      { state: 'previous', version: `1.0.${version}`, code, reason: why },
    );
    t.match(await ask(id), { text: `${version}.${version}.${version} `, finish: 'stop' });

    from = gateway.lines.length;
    writePlugin(folder(id), versionedFiles(id, version + 1, origin));
    await gateway.until(ofIt(`1.0.${version + 1} is in order again`), from);
  }
  await own.stop();
  t.same(own.failures, [], 'whatever was in its folder, every request was served by one version');

  from = gateway.lines.length;
  const long = await postChat(gateway, { model: `${id}/toy`, stream: true, max_tokens: 60 });
  rmSync(folder(id), { recursive: true });
  await gateway.until(ofIt('is gone'), from);
  t.match(await ask(id), { status: 404, error: new RegExp(id) });
  const { finish } = readStream(await long.text());
  t.equal(finish, 'stop', 'what it was answering meanwhile is answered to its end');

  from = gateway.lines.length;
  writePlugin(folder(id), { ...versionedFiles(id, 9, origin), 'plugin.json': '{' });
  const failed = await gateway.until(turnsTo('failed'), from);
  t.match(failed.message, /plugin\.json is not valid/, 'one that never was in order is not on');
  const { stdout } = await runCommand(['plugins'], { cwd });
  const row = `^${id} +- +failed +none +unsigned +Plugin '${id}': plugin\\.json is not valid: .*\\(GW_PLUGIN_MANIFEST_INVALID\\)$`;
  t.match(stdout, new RegExp(row, 'm'));
  t.match(stdout, /^steady +1\.0\.1 +on /m);

  from = gateway.lines.length;
  writePlugin(folder(id), versionedFiles(id, 9, origin));
  await gateway.until(ofIt('1.0.9 is on'), from);
  t.match(await ask(id), { text: '9.9.9 ', finish: 'stop' });
}

t.test(
  'plugins come, are replaced, break, are repaired and go under load',
  { timeout: 110_000 },
  async (t) => {
    const stage = await open(t);
    const steady = startLoad(stage.gateway, 'steady', 4);
    t.jobs = Object.keys(trust).length;
    const each = Object.keys(trust).map((id) =>
      t.test(id, { buffered: true }, (t) => comeAndGo(t, stage, id)),
    );
    await Promise.all(each);
    await steady.stop();
    t.same(steady.failures, [], 'no other plugin noticed');
    t.same([...steady.versions], ['1']);
    await stage.gateway.stop();
  },
);
