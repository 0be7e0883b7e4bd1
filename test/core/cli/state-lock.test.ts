import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockState } from '../../../core/cli/state-lock.ts';
import { probeState } from '../../../core/files/state-directory.ts';

const module = JSON.stringify(new URL('../../../core/cli/state-lock.ts', import.meta.url).href);

/** Another process that takes the lock and keeps it until it is killed. */
async function holdElsewhere(directory: string) {
  const code = `
    import { lockState } from ${module};
    lockState(${JSON.stringify(directory)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

t.test('a directory in the hands of a living process is refused by name and process', async (t) => {
  const directory = t.testdir();
  const holder = await holdElsewhere(directory);
  t.throws(() => lockState(directory), {
    code: 'GW_STATE_LOCKED',
    message: `${directory} is in use by process ${holder.pid}; stop it or give this one another --data directory`,
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = lockState(directory);
  t.match(
    readFileSync(join(directory, 'gateway.lock'), 'utf8'),
    String(process.pid),
    'a dead one leaves no claim',
  );
  lock.release();
});

t.test(
  'a number that another process has by now is no claim either',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const directory = t.testdir();
    const holder = await holdElsewhere(directory);
    const file = join(directory, 'gateway.lock');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/:\d+/, ':1'));
    t.doesNotThrow(() => lockState(directory));
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  },
);

t.test(
  'one that was killed is over, also while its parent has not looked after it',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const directory = t.testdir();
    // The shell starts the holder, becomes a program that never asks for it, and the killed holder stays a zombie.
    const code = `import { lockState } from ${module}; lockState(${JSON.stringify(directory)}); console.log(process.pid); setInterval(() => {}, 1000);`;
    const parent = spawn(
      'sh',
      ['-c', '"$0" --input-type=module -e "$1" & exec sleep 60', process.execPath, code],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [pid] = await once(parent.stdout, 'data');
    process.kill(Number(String(pid)), 'SIGKILL');
    const stat = () => readFileSync(`/proc/${String(pid).trim()}/stat`, 'utf8');
    while (!stat().includes(') Z ')) await new Promise(setImmediate);
    t.doesNotThrow(() => lockState(directory));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  },
);

t.test('in a restarted container the number may even be our own', async (t) => {
  const directory = t.testdir({ 'gateway.lock': `${process.pid} some-other-boot:1\n` });
  t.doesNotThrow(() => lockState(directory));
});

for (const text of ['', 'not a number', '0', '-1', '99999999999 x']) {
  t.test(`a lock file that says ${JSON.stringify(text)} is taken over`, async (t) => {
    const directory = t.testdir({ 'gateway.lock': text });
    lockState(directory).release();
    t.same(readdirSync(directory), []);
  });
}

t.test('releasing leaves nothing, and never another process\u2019s lock', async (t) => {
  const directory = join(t.testdir(), 'made/on/the/way');
  const lock = lockState(directory);
  lock.release();
  t.same(readdirSync(directory), []);
  const second = lockState(directory);
  writeFileSync(join(directory, 'gateway.lock'), '1 somebody:1\n');
  second.release();
  t.ok(existsSync(join(directory, 'gateway.lock')));
});

t.test('of many processes that find a dead one\u2019s lock, one gets it', async (t) => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const directory = t.testdir({ 'gateway.lock': `${dead} -\n` });
  const code = `
    import { lockState } from ${module};
    let word = 'held';
    try { lockState(${JSON.stringify(directory)}); } catch (error) { word = error.code; }
    process.stdout.write(word);
    process.stdin.resume();`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const words = await Promise.all(
    children.map(async (child) => String((await once(child.stdout, 'data'))[0])),
  );
  for (const child of children) child.stdin.end();
  t.same(words.sort(), ['GW_STATE_LOCKED', 'GW_STATE_LOCKED', 'GW_STATE_LOCKED', 'held']);
});

t.test(
  'a directory that cannot be made or written is one error at once, for a start and for doctor',
  async (t) => {
    const directory = t.testdir({ file: '' });
    const dangling = join(directory, 'dangling');
    symlinkSync(join(directory, 'nowhere', 'deep'), dangling);
    const file = join(directory, 'file');
    const unusable: [string, RegExp][] = [
      [file, /is not a folder \(ENOTDIR\); put that right or .*--data/],
      [join(file, 'below'), /file: a part of the path is not a folder/],
      [dangling, /something else has this name/],
      [join(directory, 'long'.repeat(80)), /the name is too long/],
      // Where `mkdir` with `recursive` would try for ever.
      ...(process.platform === 'linux'
        ? ([
            ['/proc/nope', /used: nothing can be made there/],
            ['/proc/nope/deep', /used: /],
          ] as [string, RegExp][])
        : []),
    ];
    for (const [path, message] of unusable) {
      t.throws(() => lockState(path), { code: 'GW_STATE_UNUSABLE', message });
      t.throws(() => probeState(path), { code: 'GW_STATE_UNUSABLE' }, path);
    }
    const fresh = join(directory, 'a', 'b');
    probeState(fresh);
    t.notOk(existsSync(join(directory, 'a')), 'looking leaves nothing behind');
    lockState(fresh).release();
    t.same(readdirSync(fresh), []);
  },
);
