import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { version } from '../../core/version.ts';
import { waitFor } from '../core/cli/command.ts';
import { lawfulFiles } from '../modules/lawful.ts';
import { toyManifest, writePlugin } from '../modules/toy.ts';
import { installPublished, root, userEnvironment } from './installed.ts';

const execute = promisify(execFile);
const app = installPublished(t);
const command = join(app, 'node_modules/.bin/dragoman');

function run(program: string, ...parameters: string[]) {
  return execute(program, parameters, { cwd: app, env: userEnvironment() });
}

t.test('the command runs, and finds its plugins and schemas', async (t) => {
  t.equal((await run('npx', '--offline', 'dragoman', '--version')).stdout.trim(), version);
  const plugins = JSON.parse((await run(command, 'plugins', '--json')).stdout) as { state: string }[];
  t.equal(plugins.length, countPlugins(), 'every bundled plugin is there');
  t.same(
    plugins.filter(({ state }) => state !== 'on'),
    [],
  );
  await run(command, 'init');
  const [, schema = ''] = /\$schema=(\S+)/.exec(readFileSync(join(app, 'gateway.yaml'), 'utf8')) ?? [];
  t.ok(existsSync(new URL(schema, `file://${app}/`)), `an editor finds ${schema}`);
  t.match((await run(command, 'check')).stdout, 'gateway.yaml is valid');
});

t.test(
  'it serves, and takes up a TypeScript plugin that is dropped in, which nobody has to trust',
  async (t) => {
    const child = spawn(command, ['start', '--port', '0'], { cwd: app, env: userEnvironment() });
    t.teardown(() => child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const greeting = await waitFor(child, 'stdout', /^curl .*\n/m);
    const curl = /^curl .*$/m.exec(greeting)?.[0] ?? '';
    t.match((await run('sh', '-c', curl)).stdout, /data: \{.*data: \[DONE\]/s, 'the line it shows works');

    const isOn = waitFor(child, 'stderr', /plugin parrot 1\.0\.0 is on/);
    dropIn('lawful', lawfulFiles('lawful'));
    dropIn('parrot', parrotFiles);
    await isOn;
    const { stdout } = await run('sh', '-c', curl.replace('offline/chat', 'parrot/toy'));
    t.match(stdout, '"content":"Hello"');
    const listed = (await run(command, 'plugins')).stdout;
    t.match(
      listed,
      /^parrot +1\.0\.0 +on +sandbox .* a thread loads it in [\d.]+ ms and gives it [\d.]+ MB/m,
    );
    t.match(
      listed,
      /^lawful +1\.0\.0 +on +sandbox .*passed its 1 fixture/m,
      'the laws are in the packages too',
    );
    child.kill('SIGTERM');
    t.same(await exited, [0, null], 'it ends when it is told to');
  },
);

t.test('the thread that counts tokens needs no package beside it', async (t) => {
  const thread = join(app, 'node_modules/dragoman/core/translate/tokens/thread.js');
  const collected = JSON.stringify({ texts: ['Hello world'], tokens: 7 });
  const code = `import count from '${thread}'; console.log(count(Buffer.from('${collected}')));`;
  t.equal((await run(process.execPath, '--input-type=module', '--eval', code)).stdout.trim(), '9');
  t.notOk(existsSync(join(app, 'node_modules/gpt-tokenizer')));
});

t.test('the library is typed for those who use it', async (t) => {
  writeFileSync(join(app, 'consumer.ts'), consumer);
  const types = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'esnext', skipLibCheck: true };
  writeFileSync(
    join(app, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, ...types }, files: ['consumer.ts'] }),
  );
  await t.resolves(run(process.execPath, join(root, 'node_modules/typescript/lib/tsc.js'), '-p', app));
  await t.resolves(run(process.execPath, 'consumer.ts'), 'and it runs');
});

/** As an installer does it: in one step. */
function dropIn(id: string, files: Record<string, string>): void {
  writePlugin(join(app, 'aside'), files);
  mkdirSync(join(app, 'plugins'), { recursive: true });
  renameSync(join(app, 'aside'), join(app, 'plugins', id));
}

function countPlugins(): number {
  return Object.keys(JSON.parse(readFileSync(join(root, 'plugins/bundled.json'), 'utf8')) as object).length;
}

const parrotFiles = {
  'plugin.json': JSON.stringify(toyManifest({ id: 'parrot' })),
  'src/text.ts': `import type { CanonicalRequest } from '@dragoman/plugin-sdk';

export function lastText({ messages }: CanonicalRequest): string {
  const part = messages.at(-1)?.parts[0];
  return part?.type === 'text' ? part.text : '';
}
`,
  'src/index.ts': `import { definePlugin, unfoldResponse } from '@dragoman/plugin-sdk';
import { lastText } from './text.ts';

export default definePlugin({
  locals: {
    parrot: {
      respond: (request) => ({
        output: unfoldResponse({
          id: 'parrot-1',
          model: 'toy',
          parts: [{ type: 'text', text: lastText(request) }],
          finish: { reason: 'stop' },
          usage: {},
        }),
      }),
    },
  },
});
`,
};

const consumer = `import { createServer } from 'node:http';
import { checkDialect } from '@dragoman/plugin-sdk/testing';
import { type CanonicalRequest, definePlugin } from '@dragoman/plugin-sdk';
import { createGateway, type Gateway, GatewayError } from 'dragoman';

const gateway: Gateway = await createGateway({ env: {}, watch: false });
const server = createServer(gateway.handler);
const names: string[] = gateway.plugins().map((plugin) => plugin.id);
// @ts-expect-error: the port is a number
const wrong: Parameters<typeof createGateway>[0] = { port: '80' };
const request: CanonicalRequest = { model: 'a', messages: [], stream: false };
// @ts-expect-error: a plugin has no such part
definePlugin({ dialect: {} });
if (!names.includes('openai') || GatewayError.is(wrong)) throw new Error('not as it should be');
if (typeof checkDialect !== 'function' || request.stream) throw new Error('not as it should be');
await gateway.stop();
server.close();
`;
