import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createGateway } from '../core/gateway.ts';

/*
 * The README as its reader would follow it, top to bottom, in one empty folder and before one running gateway. Marks
 * after a block's language: `run` is executed, `file=PATH` is saved there, and `prints` lists what the block before it
 * prints: parts of its output, in order; spaces count as one, and `...` stands for anything.
 */
interface Block {
  line: number;
  language: string;
  mark: string;
  text: string;
}

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const key = 'a-key-of-the-reader-0123456789';
const execute = promisify(execFile);
const silent = {
  debugEnabled: false,
  error() {},
  warn() {},
  info() {},
  debug() {},
  log() {},
  flush() {},
  async close() {},
};

t.test('every example of the README does what it says', async (t) => {
  const folder = t.testdir();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const env = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: folder,
    NO_COLOR: '1',
    DRAGOMAN_KEY: key,
    ACME_API_KEY: 'the-key-of-acme',
    ANTHROPIC_API_KEY: 'the-key-of-anthropic',
    LAPTOP_KEY: 'the-key-of-the-laptop',
    WORK_KEY: 'the-key-of-work',
  };
  // Reloaded by the test, so that no block waits for a watcher.
  const gateway = await createGateway({ cwd: folder, port: 0, env, log: silent, watch: false });
  t.teardown(() => gateway.stop({ now: true }));
  const { port } = await gateway.start();
  const here = (text: string): string => text.replaceAll('127.0.0.1:8317', `127.0.0.1:${port}`);

  let printed = '';
  let ran = 0;
  for (const { line, language, mark, text } of blocks()) {
    const place = `README.md:${line}`;
    const [kind, path = ''] = mark.split('=');
    switch (kind) {
      case 'run': {
        const { stdout, failure } = await run(folder, env, language, here(text), ++ran);
        printed = stdout;
        t.equal(failure, '', `${place} runs`);
        t.not(stdout.trim(), '', `${place} prints something`);
        break;
      }
      case 'prints':
        t.match(printed, printing(text), `${place} is what the block before prints`);
        break;
      case 'file': {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        await gateway.reload();
        break;
      }
    }
  }
  t.ok(ran >= 7, 'there are examples');
  const { stdout } = await execute('dragoman', ['check', '--config', 'example.yaml'], { cwd: folder, env });
  t.match(stdout, 'example.yaml is valid', 'the configuration shown is valid');
  const wanting = gateway.plugins().filter(({ bundled, state }) => !bundled && state !== 'on');
  t.same(wanting, [], 'every plugin shown is on');
});

t.test('every link of the README leads somewhere', async (t) => {
  const anchors = (text: string): Set<string> =>
    new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title)));
  for (const [, target = ''] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('https://')) continue;
    const [path = '', anchor] = target.split('#');
    const file = join(root, path === '' ? 'README.md' : path);
    const page = file.endsWith('.md') ? file : join(file, 'README.md');
    const text = readFileSync(page, 'utf8');
    if (anchor !== undefined) t.ok(anchors(text).has(anchor), `${target} is a heading`);
  }
  t.pass();
});

function blocks(): Block[] {
  const found = readme.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm);
  return [...found].map(({ index, 1: language = '', 2: mark = '', 3: text = '' }) => ({
    line: readme.slice(0, index).split('\n').length,
    language,
    mark,
    text,
  }));
}

async function run(
  cwd: string,
  env: NodeJS.ProcessEnv,
  language: string,
  text: string,
  n: number,
): Promise<{ stdout: string; failure: string }> {
  const file = join(cwd, `block-${n}.${language === 'sh' ? 'sh' : 'mts'}`);
  writeFileSync(file, text);
  const command = language === 'sh' ? ['bash', '-eu', file] : [process.execPath, file];
  const [program = '', ...parameters] = command;
  try {
    const { stdout } = await execute(program, parameters, { cwd, env, timeout: 30_000 });
    return { stdout, failure: '' };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    return { stdout, failure: `${message}\n${stderr}` };
  }
}

/** Lines in order, with anything between them. */
function printing(text: string): RegExp {
  const parts = text.trim().split(/\n|\.\.\./);
  const escaped = parts.map((part) => part.trim().split(/\s+/).map(RegExp.escape).join('\\s+'));
  return new RegExp(escaped.join('[\\s\\S]*?'));
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
