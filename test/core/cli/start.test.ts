import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { keyFileIn, mainFile, runCommand, spawnCommand, waitFor } from './command.ts';

const key = 'a-key-made-for-these-tests';

interface Running {
  child: ChildProcess;
  url: string;
  stdout: string;
  /** Standard error so far. */
  log(): string;
  exited: Promise<unknown[]>;
}

async function startIn(
  t: Test,
  cwd: string,
  argv: string[] = [],
  env: Record<string, string> = { DRAGOMAN_KEY: key },
) {
  const child = spawnCommand(['start', '--port', '0', ...argv], { cwd, env });
  t.teardown(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    log += piece;
  });
  const exited = once(child, 'exit');
  const stdout = await waitFor(child, 'stdout', /^curl .*\n/m).catch((error: Error) => {
    throw new Error(`${error.message}\nlog: ${log}`);
  });
  const url = /listens at (\S+)/.exec(stdout)?.[1] ?? '';
  return { child, url, stdout, log: () => log, exited } satisfies Running;
}

function chat(url: string, bearer: string, body: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'offline/chat', messages: [{ role: 'user', content: 'Hello' }], ...body }),
  });
}

t.test('services that gateway.yaml names are asked for their models once it listens', async (t) => {
  const paths: string[] = [];
  const service = createServer((socket) => {
    socket.once('data', (head) => {
      paths.push(head.toString().split(' ')[1] ?? '');
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  t.teardown(() => service.close());
  const { port } = service.address() as AddressInfo;
  const box = { use: 'ollama', baseUrl: `http://127.0.0.1:${port}`, allowPrivate: true };
  const cwd = t.testdir({ 'gateway.yaml': JSON.stringify({ providers: { box } }) });
  const running = await startIn(t, cwd);
  const told = /could not be asked for its models/;
  while (!told.test(running.log())) await once(running.child.stderr as NodeJS.ReadableStream, 'data');
  // A stop leaves what was heard on disk.
  running.child.kill('SIGTERM');
  await running.exited;
  t.same(paths, ['/api/tags']);
  const doctor = await runCommand(['doctor', '--port', '0'], { cwd });
  t.match(doctor.stdout, /^note +models of box: could not be read just now: .*404/m);
});

t.test('the first start makes a key, shows it once, and it works', async (t) => {
  const cwd = t.testdir();
  const first = await startIn(t, cwd, [], {});
  const made = /^Your key: (dgm_\w{43})$/m.exec(first.stdout)?.[1] ?? '';
  t.not(made, '');
  t.match(first.stdout, `Bearer ${made}"`, 'the curl line is ready to be copied');
  t.match(first.stdout, /On: .*offline \(/);
  t.equal((await chat(first.url, made)).status, 200);
  t.equal((await chat(first.url, 'wrong')).status, 401);
  t.notMatch(first.log(), made, 'the log never shows it');
  t.notMatch(readFileSync(keyFileIn(cwd), 'utf8'), made);
  first.child.kill('SIGTERM');
  t.same(await first.exited, [0, null]);

  const second = await startIn(t, cwd, [], {});
  t.notMatch(second.stdout, /dgm_/);
  t.match(second.stdout, 'Bearer $DRAGOMAN_KEY"');
  t.equal((await chat(second.url, made)).status, 200);
  second.child.kill('SIGTERM');
  await second.exited;
});

t.test('with DRAGOMAN_KEY no key is made', async (t) => {
  const { url, stdout, child, exited } = await startIn(t, t.testdir());
  t.notMatch(stdout, 'Your key');
  t.equal((await chat(url, key)).status, 200);
  child.kill('SIGINT');
  t.same(await exited, [0, null]);
});

t.test('keys added and revoked while it runs are taken up', async (t) => {
  const cwd = t.testdir();
  const { url } = await startIn(t, cwd);
  const { stdout } = await runCommand(['keys', 'add', 'late'], { cwd });
  const late = stdout.trim();
  t.equal((await chat(url, late)).status, 200);
  await runCommand(['keys', 'revoke', 'late'], { cwd });
  let status = 200;
  for (const until = Date.now() + 5000; status === 200 && Date.now() < until; )
    ({ status } = await chat(url, late));
  t.equal(status, 401);
  t.equal((await chat(url, key)).status, 200);
});

t.test('log lines are JSON where nobody watches, one for an exchange', async (t) => {
  const { url, log, child, exited } = await startIn(t, t.testdir());
  await (await chat(url, key)).text();
  child.kill('SIGTERM');
  await exited;
  const lines = log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(
    lines.find(({ message }) => message === 'listening'),
    { level: 'info', url, on: /offline/ },
  );
  const exchanges = lines.filter(({ message }) => message === 'exchange');
  t.equal(exchanges.length, 1);
  t.match(exchanges[0], { client: 'DRAGOMAN_KEY', dialect: 'openai-chat', provider: 'offline', status: 200 });
});

t.test(
  'a full disk behind its output, SIGUSR1 and the end of its terminal do it no harm',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const full = openSync('/dev/full', 'w');
    t.teardown(() => closeSync(full));
    const cwd = t.testdir();
    const child = spawn(process.execPath, [mainFile, 'start', '--port', '0'], {
      cwd,
      env: { DRAGOMAN_KEY: key },
      stdio: ['ignore', full, 'pipe'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const log = await waitFor(
      child,
      'stderr',
      /listening.*\n(.*\n)*.*standard output cannot be written.*ENOSPC/,
    );
    const url = /"url":"([^"]+)"/.exec(log)?.[1] ?? '';
    const ignored = waitFor(child, 'stderr', /SIGUSR1 is ignored|Debugger/);
    child.kill('SIGUSR1');
    t.notMatch(await ignored, 'Debugger listening');
    t.equal((await chat(url, key)).status, 200);
    const exited = once(child, 'exit');
    child.kill('SIGHUP');
    t.same(await exited, [0, null], 'in order, as with SIGTERM');
  },
);

t.test('--log-level error keeps quiet', async (t) => {
  const { url, log, child, exited } = await startIn(t, t.testdir(), ['--log-level', 'error']);
  await (await chat(url, key)).text();
  child.kill('SIGTERM');
  await exited;
  t.equal(log(), '');
});

t.test('SIGTERM lets a running stream finish', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'providers:\n  offline: { config: { eventsPerSecond: 20 } }\n' });
  const { url, child, exited } = await startIn(t, cwd);
  const response = await chat(url, key, { stream: true });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? '';
  child.kill('SIGTERM');
  for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
    text += piece.value;
  }
  t.match(text, /data: \[DONE\]\n\n$/);
  t.same(await exited, [0, null]);
});

t.test('a second signal ends it now', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'providers:\n  offline: { config: { eventsPerSecond: 1 } }\n' });
  const { url, child, exited, log } = await startIn(t, cwd);
  const response = await chat(url, key, { stream: true });
  const body = response.text().then(
    () => 'whole',
    () => 'cut',
  );
  const stopping = waitFor(child, 'stderr', /second signal/);
  child.kill('SIGTERM');
  await stopping;
  child.kill('SIGTERM');
  t.same(await exited, [1, null]);
  t.equal(await body, 'cut');
  t.match(log(), 'ending now');
});

t.test('a second gateway on one state directory is refused, and the next after a crash is not', async (t) => {
  const cwd = t.testdir();
  const first = await startIn(t, cwd);
  const second = await runCommand(['start', '--port', '0'], { cwd, env: { DRAGOMAN_KEY: key } });
  t.equal(second.status, 1);
  t.match(second.stderr, new RegExp(`in use by process ${first.child.pid}.*--data.*GW_STATE_LOCKED`));
  t.equal((await chat(first.url, key)).status, 200, 'the first one did not notice');
  first.child.kill('SIGKILL');
  await first.exited;
  const third = await startIn(t, cwd);
  t.equal((await chat(third.url, key)).status, 200);
});

t.test('a port in use is one clear error', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.teardown(() => holder.close());
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const env = { DRAGOMAN_KEY: key };
  const { status, stdout, stderr } = await runCommand(['start', '--port', port], { cwd: t.testdir(), env });
  t.equal(status, 1);
  t.equal(stdout, '');
  t.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*--port.*GW_LISTEN_FAILED`));
  t.notMatch(stderr, /\n {4}at /);
});

for (const [what, files, argv, env, message] of [
  [
    'a broken configuration',
    { 'gateway.yaml': 'server: { prot: 1 }\n' },
    [],
    {},
    /server\.prot.*GW_CONFIG_INVALID/,
  ],
  ['a configuration that is not there', {}, ['--config', 'nope.yaml'], {}, /nope\.yaml.*does not exist/],
  [
    'a file as state directory',
    { state: '' },
    ['--data', 'state'],
    {},
    /state cannot be used.*GW_STATE_UNUS/,
  ],
  ['a sample key', {}, [], { DRAGOMAN_KEY: 'changeme' }, /DRAGOMAN_KEY.*sample key/],
] as const) {
  t.test(`${what} ends a start with 1 and at most two lines`, async (t) => {
    const { status, stdout, stderr } = await runCommand(['start', '--port', '0', ...argv], {
      cwd: t.testdir(files),
      env,
    });
    t.equal(status, 1);
    t.equal(stdout, '');
    t.match(stderr, message);
    t.ok(stderr.trim().split('\n').length <= 2, stderr);
  });
}

t.test('npm start passes options on', async (t) => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  t.match(
    manifest.scripts.start,
    /^exec node core\/(main\.ts|bin\.js) start$/,
    'exec, or SIGTERM to npm would miss the gateway',
  );
});

t.test('a first start that cannot listen makes no key: nobody would ever see it', async (t) => {
  const cwd = t.testdir();
  const holder = createServer().listen(0, '127.0.0.1');
  t.teardown(() => holder.close());
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const { status, stderr } = await runCommand(['start', '--port', String(port)], { cwd });
  t.equal(status, 1);
  t.match(stderr, 'the port is in use');
  t.match((await startIn(t, cwd, [], {})).stdout, /^Your key: dgm_/m);
});
