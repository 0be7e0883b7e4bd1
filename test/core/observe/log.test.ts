import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { Secret } from '../../../core/config/secret.ts';
import { GatewayError } from '../../../core/errors/gateway-error.ts';
import { type ExchangeRecord, logExchange } from '../../../core/observe/exchange-record.ts';
import type { LogLevel } from '../../../core/observe/level.ts';
import { createLog } from '../../../core/observe/log.ts';

interface Sink {
  stream: Writable;
  /** One entry per write. */
  writes: string[];
  lines(): Record<string, unknown>[];
}

function createSink(): Sink {
  const writes: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      if (text !== '') writes.push(text);
      done();
    },
  });
  const lines = () =>
    writes
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { stream, writes, lines };
}

const record: ExchangeRecord = {
  requestId: 'r1',
  client: 'laptop',
  dialect: 'openai-chat',
  operation: 'chat',
  model: 'offline/chat',
  provider: 'offline',
  upstreamModel: 'chat',
  attempts: 1,
  status: 200,
  stream: true,
  milliseconds: 12,
  inputTokens: 3,
  warnings: 0,
  passThrough: false,
};

t.test('an exchange is one JSON line with its ids and figures', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  logExchange(log, { ...record });
  await log.close();
  const [line, ...rest] = sink.lines();
  t.equal(rest.length, 0);
  t.match(line, { level: 'info', message: 'exchange', ...record });
  t.match(line?.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

t.test('a failed exchange is a warning', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  logExchange(log, { ...record, status: 502, code: 'GW_UPSTREAM_CONNECT' });
  await log.close();
  t.match(sink.lines()[0], { level: 'warn', status: 502, code: 'GW_UPSTREAM_CONNECT' });
});

t.test('a model name of a megabyte does not fill the log', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  logExchange(log, { ...record, model: 'x'.repeat(1_000_000) });
  await log.close();
  t.ok(sink.writes.join('').length < 1000);
});

t.test('lines of one turn of the event loop are written together', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  for (let index = 0; index < 100; index++) log.info('line', { index });
  t.equal(sink.writes.length, 0);
  await setImmediate();
  t.equal(sink.writes.length, 1);
  t.equal(sink.lines().length, 100);
  await log.close();
});

t.test('a burst is written as soon as it is 64 KB', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  for (let index = 0; index < 100; index++) log.info('line', { text: 'x'.repeat(1000) });
  t.equal(sink.writes.length, 1);
  t.ok((sink.writes[0]?.length ?? 0) > 64 * 1024);
  await log.close();
  t.equal(sink.lines().length, 100);
});

t.test('flush writes at once', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  log.info('now');
  log.flush();
  t.equal(sink.lines().length, 1);
  await log.close();
});

t.test('a level lets through itself and what is worse', async (t) => {
  const levels: LogLevel[] = ['error', 'warn', 'info', 'debug'];
  for (const [index, level] of levels.entries()) {
    const sink = createSink();
    const log = createLog({ stream: sink.stream, level });
    for (const each of levels) log[each](each);
    await log.close();
    t.same(
      sink.lines().map((line) => line.level),
      levels.slice(0, index + 1),
    );
    t.equal(log.debugEnabled, level === 'debug');
  }
});

const nasty = [
  '\u001b[31mred',
  'a\r\nlevel: error',
  'nul\u0000',
  '\u009b31m',
  '\u2028',
  '\u202e',
  '\u007f',
  '\ud800',
];
for (const pretty of [false, true]) {
  t.test(`what a client sends cannot forge a line or command a terminal (pretty: ${pretty})`, async (t) => {
    const sink = createSink();
    const log = createLog({ stream: sink.stream, pretty });
    for (const text of nasty) log.info(text, { model: text, list: [text], [text]: 1 });
    await log.close();
    const written = sink.writes.join('');
    t.notMatch(written, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    t.equal(written.split('\n').length, nasty.length + 1);
    if (!pretty) {
      t.same(
        sink.lines().map((line) => line.model),
        nasty,
      );
    }
  });
}

t.test('a secret is never written', async (t) => {
  for (const pretty of [false, true]) {
    const sink = createSink();
    const log = createLog({ stream: sink.stream, pretty });
    log.info('credential', {
      key: new Secret('sk-ant-very-secret'),
      list: [new Secret('sk-ant-very-secret')],
    });
    await log.close();
    t.notMatch(sink.writes.join(''), 'very-secret');
    t.match(sink.writes.join(''), '[secret]');
  }
});

t.test('an error shows its code, message and cause', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  const cause = Object.assign(new Error('address in use'), { code: 'EADDRINUSE' });
  log.error('failed', { error: new GatewayError('GW_LISTEN_FAILED', { host: 'h', port: 1 }, { cause }) });
  await log.close();
  t.match(sink.lines()[0], {
    error: { code: 'GW_LISTEN_FAILED', message: /cannot listen on h:1/, cause: { code: 'EADDRINUSE' } },
  });
});

t.test('a field that JSON cannot say costs neither the line nor the other fields', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream });
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info('odd', { circle, big: 10n, fine: 1 });
  await log.close();
  t.match(sink.lines()[0], { message: 'odd', circle: '(cannot be written)', big: '10', fine: 1 });
});

t.test('people get one readable line', async (t) => {
  const sink = createSink();
  const log = createLog({ stream: sink.stream, pretty: true });
  log.info('plugin on', { plugin: 'groq', reason: 'GROQ_API_KEY is set', code: undefined });
  await log.close();
  t.match(
    sink.writes.join(''),
    /^\d\d:\d\d:\d\d\.\d{3} info {2}plugin on plugin=groq reason="GROQ_API_KEY is set"\n$/,
  );
});

t.test(
  'the format stays the same once winston has taken over, and its transports get every line',
  async (t) => {
    const { default: TransportStream } = await import('winston-transport');
    const extra: string[] = [];
    let arrived: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    class Extra extends TransportStream {
      override log(line: { message: string }, next: () => void): void {
        extra.push(line.message);
        arrived();
        next();
      }
    }
    const sink = createSink();
    const log = createLog({ stream: sink.stream, transports: [new Extra()] });
    const knocking = setInterval(() => log.info('hello', { a: 1 }), 5);
    await first;
    clearInterval(knocking);
    log.info('last', { b: 'x' });
    log.debug('not this one');
    log.flush();
    t.equal(
      sink.lines().at(-1)?.message,
      'last',
      'a line is never under way inside winston when the process ends',
    );
    await log.close();
    t.equal(extra.at(-1), 'last');
    const lines = sink.lines();
    t.ok(
      lines.slice(0, -1).every((line) => line.message === 'hello' && line.a === 1 && line.level === 'info'),
    );
    t.match(lines.at(-1), { level: 'info', message: 'last', b: 'x' });
    t.same(Object.keys(lines.at(-1) ?? {}), ['time', 'level', 'message', 'b']);
  },
);

t.test('a reader that does not keep up costs bounded memory, and is told how much it missed', async (t) => {
  let release: () => void = () => {};
  const texts: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 1,
    write(text: string, _encoding, done) {
      texts.push(text);
      release = done;
    },
  });
  const log = createLog({ stream });
  for (let index = 0; index < 200; index++) log.info('big', { text: 'x'.repeat(100_000) });
  t.ok(texts.join('').length < 1_000_000, 'nothing is pushed at a blocked stream');
  const closed = log.close();
  let isClosed = false;
  closed.then(() => {
    isClosed = true;
  });
  while (!isClosed) {
    release();
    await setImmediate();
  }
  const written = texts.join('');
  t.ok(written.length < 6 * 1024 * 1024);
  t.match(written, /"dropped":1\d\d/);
});

t.test('a stream that breaks takes nothing else down', async (t) => {
  const stream = new Writable({
    write(_text, _encoding, done) {
      done(new Error('EPIPE'));
    },
  });
  const log = createLog({ stream });
  log.info('one');
  await setImmediate();
  await setImmediate();
  log.info('two');
  await log.close();
  t.pass('neither an exception nor a wait without end');
});

t.test('lines of the last turn survive process.exit', (t) => {
  const code = `
    import { createLog } from ${JSON.stringify(new URL('../../../core/observe/log.ts', import.meta.url).href)};
    createLog().info('last words');
    process.exit(3);`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  t.equal(result.status, 3);
  t.match(JSON.parse(result.stderr), { message: 'last words' });
  t.end();
});

t.test('an open log does not keep the process alive', (t) => {
  const code = `
    import { createLog } from ${JSON.stringify(new URL('../../../core/observe/log.ts', import.meta.url).href)};
    createLog().info('done');`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  t.equal(result.status, 0);
  t.match(result.stderr, 'done');
  t.end();
});
