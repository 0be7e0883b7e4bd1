import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import {
  loadingOwn,
  loadingPlugin,
  monotonicMs,
  progressLoading,
  progressSince,
} from '../../../core/translate/pool-messages.ts';
import { createPoolRunner, type PoolOptions, type PoolRunner } from '../../../core/translate/pool-runner.ts';
import { createThreads, type TaskPool } from '../../../core/translate/pool-threads.ts';
import type { TranslateStep } from '../../../core/translate/runner.ts';
import { context, echo, echoRequest, echoStep, echoStream, limits, requestOf, toy } from './plans.ts';

const bad = toy('bad', { checked: true, limits: { ...limits, timeoutMs: 300 } });
function badStep(name: 'adaptRequest' | 'adaptStream'): TranslateStep {
  return { type: 'translate', module: bad, target: 'provider:bad', function: name, config: {} };
}
/** A memory bomb takes long to fill the heap, and on a busy machine everything takes long. */
const patient = { ...bad, limits: { ...limits, timeoutMs: 10_000, memoryMb: 16 } };
const small = { ...echo, limits: { ...limits, memoryMb: 16, maxInputKb: 16_000, timeoutMs: 10_000 } };
/** The threads of one test after the other: those that die are replaced. */
const shared = {
  quick: createPoolRunner({ modules: [echo, bad], threads: 2, log: silentLog }),
  patient: createPoolRunner({ modules: [small, patient], threads: 2, log: silentLog }),
};
t.before(() => Promise.all([shared.quick.warm(), shared.patient.warm()]));
t.teardown(() => Promise.all([shared.quick.close(), shared.patient.close()]));
function runnerFor(fault: string): PoolRunner {
  return fault === 'loop' ? shared.quick : shared.patient;
}
const badRequest = [...echoRequest, badStep('adaptRequest')];
const badStream = [badStep('adaptStream'), ...echoStream];

function open(t: Test, options: Partial<PoolOptions> = {}): PoolRunner {
  const runner = createPoolRunner({ modules: [echo, bad], threads: 2, log: silentLog, ...options });
  t.teardown(() => runner.close());
  return runner;
}
async function answerOf(runner: PoolRunner, body: object): Promise<unknown> {
  const made = await runner.request(badRequest, requestOf(body), context);
  return JSON.parse(made.body.toString()).text;
}

const faults: [string, { code: string; message: string | RegExp }][] = [
  ['loop', { code: 'GW_TRANSLATE_TIMEOUT', message: "Plugin 'bad' took longer than 300 ms in adaptRequest" }],
  [
    'throw',
    { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest: thrown on request/ },
  ],
  ['throw text', { code: 'GW_TRANSLATE_FAILED', message: /adaptRequest: only a text/ }],
  ['throw odd', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest/ }],
  ['memory', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad' used more.* 16 MB of memory/ }],
  ['arrays', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad' used more.* 16 MB of memory/ }],
  ['promise', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest/ }],
  ['nothing', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest/ }],
  ['exit', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*ended its thread/ }],
  ['huge', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad'.*maxOutputKb/ }],
  ['wrong shape', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*\/headers\/a/ }],
  ['function', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*\/body\/text/ }],
];

for (const [fault, expected] of faults) {
  t.test(`a plugin's "${fault}" fails only its own call`, async (t) => {
    const runner = runnerFor(fault);
    const guilty = answerOf(runner, { text: fault });
    const others = Array.from({ length: 20 }, (_, index) =>
      runner.request(echoRequest, requestOf({ text: `a${index}` }), context),
    );
    await t.rejects(guilty, expected);
    for (const [index, made] of (await Promise.all(others)).entries()) {
      t.equal(JSON.parse(made.body.toString()).text, `a${index}`);
    }
    t.equal(await answerOf(runner, { text: 'fine' }), 'fine', 'the plugin itself goes on');
  });
}

t.test('a call whose thread dies for another reason is run again', async (t) => {
  const runner = open(t, { threads: 1 });
  const thread = await answerOf(runner, { text: 'thread' });
  t.type(thread, 'number');
  const text = `exit on thread ${thread}`;
  t.equal(await answerOf(runner, { text }), text);
  t.not(await answerOf(runner, { text: 'thread' }), thread);
});

t.test('a body that is many times larger as objects ends no more than its own call', async (t) => {
  const runner = shared.patient;
  const body = Buffer.from(`{"text":"a","more":[${Array(3_000_000).fill('{}').join()}]}`);
  const [made] = await Promise.allSettled([runner.request(echoRequest, { ...requestOf({}), body }, context)]);
  if (made.status === 'rejected') t.match(made.reason, { message: /maxOutputKb|memoryMb/ });
  t.equal(await answerOf(runner, { text: 'fine' }), 'fine');
});

const streamFaults: [string, { code: string; message: string | RegExp }][] = [
  ['loop', { code: 'GW_TRANSLATE_TIMEOUT', message: /^Plugin 'bad'.*adaptStream/ }],
  ['throw', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*adaptStream/ }],
  ['memory', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad'.*adaptStream/ }],
  ['exit', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*adaptStream/ }],
  ['state bomb', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad'.*maxStateKb/ }],
  ['promise', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*adaptStream/ }],
];
for (const [fault, expected] of streamFaults) {
  t.test(`a stream plugin's "${fault}" fails only its own stream`, async (t) => {
    const runner = runnerFor(fault);
    const runs = Array.from({ length: 10 }, (_, index) =>
      runner.stream(index < 5 ? badStream : echoStream, 'sse', context, []),
    );
    const guilty = runner.stream(badStream, 'sse', context, []);
    await Promise.all([guilty, ...runs].map((run) => run.push([{ data: '{"text":"a"}' }])));
    const failing = guilty.push([{ data: JSON.stringify({ text: fault }) }]);
    const going = runs.map((run) => run.push([{ data: '{"text":"b"}' }]));
    await t.rejects(async () => failing, expected);
    for (const batch of await Promise.all(going)) t.equal(batch.text, 'data: {"text":"b"}\n\n');
    const ends = await Promise.all(runs.map((run) => run.push([{ data: '{"text":"[DONE]"}' }], 'cut')));
    t.ok(ends.every((batch) => batch.ended === 'error'));
    const said = await guilty.fail({ kind: 'server', message: 'the plugin failed' });
    t.match(said.text, /^event: error/, 'the host can still end the stream in the dialect of its client');
  });
}

t.test('a full queue refuses at once, and streams under way are not refused', async (t) => {
  const runner = open(t, { threads: 1, maxQueue: 2 });
  const send = async () => runner.request(echoRequest, requestOf({ text: 'a' }), context);
  const run = runner.stream(echoStream, 'sse', context, []);
  const accepted = [send(), send(), send()];
  await t.rejects(send(), { code: 'GW_TRANSLATE_BUSY', status: 503, retryAfterMs: 1_000 });
  t.equal((await run.push([{ data: '{"text":"a"}' }])).text, 'data: {"text":"a"}\n\n');
  await Promise.all(accepted);
  await send();
});

t.test('a body above the limit of a plugin is refused before it is sent', async (t) => {
  const runner = open(t);
  const big = requestOf({ text: 'x'.repeat(1_100_000) });
  await t.rejects(async () => runner.request(echoRequest, big, context), {
    code: 'GW_TRANSLATE_LIMIT',
    message: /'echo'.*maxInputKb/,
  });
});

t.test('waiting for a thread does not count towards a time-out', async (t) => {
  const runner = open(t, { threads: 1 });
  await runner.warm();
  const hanging = [answerOf(runner, { text: 'loop' }), answerOf(runner, { text: 'loop' })];
  const patient = answerOf(runner, { text: 'fine' });
  for (const call of hanging) await t.rejects(call, { code: 'GW_TRANSLATE_TIMEOUT' });
  t.equal(await patient, 'fine');
});

t.test('a call that hangs in a new thread has its own time, and not that of a start', async (t) => {
  const runner = open(t, { threads: 1 });
  const startedAt = performance.now();
  for (let call = 0; call < 2; call++) {
    await t.rejects(answerOf(runner, { text: 'loop' }), { code: 'GW_TRANSLATE_TIMEOUT' });
  }
  const took = performance.now() - startedAt;
  t.ok(took < 8_000, `${took} ms; a start may take 10 s`);
});

t.test("what the gateway itself has to load is in no plugin's time, and no plugin's fault", async (t) => {
  const told = { loading: 0, since: 0 };
  const pool: TaskPool = {
    async run({ progress }, { signal }) {
      progress[progressSince] = monotonicMs() - told.since;
      progress[progressLoading] = told.loading;
      await Promise.race([once(signal, 'abort'), setTimeout(50)]);
      if (signal.aborted) throw signal.reason;
      return 'done';
    },
    isFull: async () => false,
    destroy: async () => undefined,
  };
  const threads = createThreads({ threads: 1, maxQueue: 1, open: async () => pool });
  const call = { type: 'describe' as const, names: [] };
  const job = {
    make: () => ({ call, transfer: [] }),
    leastMs: () => 5,
    limitMs: () => 5,
    pluginOf: () => '',
  };
  for (const [loading, since, expected] of [
    [0, 20, { type: 'died', death: { cause: 'timeout', loading: false } }],
    [loadingPlugin, 1_100, { type: 'died', death: { cause: 'timeout', loading: true } }],
    [loadingOwn, 20_000, { type: 'done' }],
    [loadingOwn, 100_000, { type: 'died', death: { cause: 'start', loading: false } }],
  ] as const) {
    Object.assign(told, { loading, since });
    t.match(await threads.run(job), expected, `${loading} for ${since} ms`);
  }
  await threads.close();
});

t.test("the operator's ceiling wins over what a plugin asks for", async (t) => {
  const runner = open(t, { ceiling: { timeoutMs: 100 } });
  await runner.warm();
  await t.rejects(answerOf(runner, { text: 'loop' }), { message: /longer than 100 ms/ });
});

t.test('a worker reads no files but code, no environment, and reaches no network', async (t) => {
  const runner = open(t, { threads: 1 });
  t.equal(await answerOf(runner, { text: 'read' }), 'ERR_ACCESS_DENIED');
  t.equal(await answerOf(runner, { text: 'read directory' }), 'ERR_ACCESS_DENIED');
  t.equal(await answerOf(runner, { text: 'spawn' }), 'ERR_ACCESS_DENIED');
  t.equal(await answerOf(runner, { text: 'environment' }), 0);
  t.equal(await answerOf(runner, { text: 'network' }), 'false');
});

t.test('a plugin cannot change the objects of others on its thread', async (t) => {
  const runner = open(t, { threads: 1 });
  await t.rejects(answerOf(runner, { text: 'pollute' }), { code: 'GW_TRANSLATE_FAILED' });
  t.equal(await answerOf(runner, { text: 'fine' }), 'fine');
});

t.test('a meter is told how long each call took', async (t) => {
  const told: [string, number][] = [];
  const runner = open(t, { meter: (module, milliseconds) => told.push([module.plugin, milliseconds]) });
  await runner.request(badRequest, requestOf({ text: 'a' }), context);
  await runner.stream(echoStream, 'sse', context, []).push([{ data: '{"text":"a"}' }]);
  t.same(
    told.map(([plugin]) => plugin),
    ['echo', 'echo', 'bad', 'echo', 'echo'],
  );
  t.ok(told.every(([, milliseconds]) => milliseconds >= 0 && milliseconds < 1_000));
});

t.test('describe lists what a module offers, without its code on this thread', async (t) => {
  const runner = open(t);
  t.same(await runner.describe(bad), { 'provider:bad': ['adaptRequest', 'adaptStream'] });
  const lost = toy('lost');
  await t.rejects(runner.describe(lost), { code: 'GW_PLUGIN_LOAD' });
});

t.test('code that cannot be loaded fails the calls that need it, and no others', async (t) => {
  const lost = toy('lost');
  const runner = open(t, { modules: [echo, lost] });
  await runner.warm();
  const step = { ...echoStep('encodeError'), module: lost };
  await t.rejects(async () => runner.call([step], {}, context, []), {
    code: 'GW_PLUGIN_LOAD',
    message: /^Plugin 'lost'/,
  });
  await runner.request(echoRequest, requestOf({ text: 'a' }), context);
});

t.test('after close a call is refused and no thread is started again', async (t) => {
  const runner = open(t);
  await runner.close();
  await t.rejects(async () => runner.request(echoRequest, requestOf({ text: 'a' }), context), {
    code: 'GW_TRANSLATE_BUSY',
  });
  await t.rejects(async () => runner.stream(echoStream, 'sse', context, []).push([]), {
    code: 'GW_TRANSLATE_BUSY',
  });
});

t.test('close waits for the calls that run', async (t) => {
  const runner = open(t, { threads: 1 });
  const made = [1, 2, 3].map(() => runner.request(echoRequest, requestOf({ text: 'a' }), context));
  const closed = runner.close();
  t.equal((await Promise.all(made)).length, 3);
  await closed;
});
