import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { version } from '../../core/version.ts';

const root = resolve(import.meta.dirname, '../..');
const execute = promisify(execFile);

t.test('the packages have the version the gateway says it has', async (t) => {
  for (const folder of ['core', 'plugin-sdk']) {
    const { version: found } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    t.equal(found, version, folder);
  }
});

const old = await findOldNode();
const skip = old === '' ? 'no Node.js older than 24 on this machine' : false;

t.test('an old Node.js is told in one line that it is too old', { skip }, async (t) => {
  for (const argv of [['start'], ['--version']]) {
    const { code, stdout, stderr } = (await execute(old, [join(root, 'core/bin.js'), ...argv]).catch(
      (error: { code: number; stdout: string; stderr: string }) => error,
    )) as { code?: number; stdout: string; stderr: string };
    t.equal(code, 1);
    t.equal(stdout, '');
    t.match(stderr, /^dragoman needs Node\.js 24 or later; this is v\d+\.\d+\.\d+.*\n$/);
  }
});

/** The first one that is on the path, or where systems put theirs; empty: there is none. */
async function findOldNode(): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'];
  for (const folder of folders) {
    const file = join(folder, 'node');
    const { stdout } = await execute(file, ['--version']).catch(() => ({ stdout: '' }));
    const major = Number(/^v(\d+)\./.exec(stdout)?.[1] ?? Number.NaN);
    if (major < 24) return file;
  }
  return '';
}
