import t from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createPoolRunner, type PoolOptions, type PoolRunner } from '../../../core/translate/pool-runner.ts';
import type { TranslateStep } from '../../../core/translate/runner.ts';
import { context, echo, echoRequest, echoStep, echoStream, limits, requestOf, toy } from './plans.ts';

const bad = toy('bad', { checked: true, limits: { ...limits, timeoutMs: 300 } });
function badStep(name: 'adaptRequest' | 'adaptStream'): TranslateStep {
  return { type: 'translate', module: bad, target: 'provider:bad', function: name, config: {} };
}
const badRequest = [...echoRequest, badStep('adaptRequest')];
const badStream = [badStep('adaptStream'), ...echoStream];

function open(t: Tap.Test, options: Partial<PoolOptions> = {}): PoolRunner {
  const runner = createPoolRunner({ modules: [echo, bad], threads: 2, log: silentLog, ...options });
  t.teardown(() => runner.close());
  return runner;
}
async function answerOf(runner: PoolRunner, body: object): Promise<unknown> {
  const made = await runner.request(badRequest, requestOf(body), context);
  return JSON.parse(made.body.toString()).text;
}

const faults: [string, object][] = [
  ['loop', { code: 'GW_TRANSLATE_TIMEOUT', message: "Plugin 'bad' took longer than 300 ms in adaptRequest" }],
  [
    'throw',
    { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest: thrown on request/ },
  ],
  ['throw text', { code: 'GW_TRANSLATE_FAILED', message: /adaptRequest: only a text/ }],
  ['throw odd', { code: 'GW_INTERNAL' }],
  ['memory', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad' used more.* 64 MB of memory/ }],
  ['promise', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest/ }],
  ['nothing', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad' failed in adaptRequest/ }],
  ['exit', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*ended its thread/ }],
  ['huge', { code: 'GW_TRANSLATE_LIMIT', message: /^Plugin 'bad'.*maxOutputKb/ }],
  ['wrong shape', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*\/headers\/a/ }],
  ['function', { code: 'GW_TRANSLATE_FAILED', message: /^Plugin 'bad'.*\/body\/text/ }],
];
