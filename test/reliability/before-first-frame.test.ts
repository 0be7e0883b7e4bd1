import t, { type Test } from 'tap';
import type { Answer } from '../helpers/fake-upstream.ts';
import {
  cutStream,
  dropBeforeAnswer,
  giantLine,
  hang,
  htmlError,
  informationalFlood,
  notHttp,
  redirect,
  status,
  wrongLength,
} from '../helpers/faults.ts';
import { limits, openStage, type Seen, type Stage, type Way, ways } from './ways.ts';

interface Fault {
  name: string;
  answer(way: Way): Answer;
  /** What the client gets without another provider. */
  status: number | ((way: Way) => number);
  code: string;
  /** Tries at this provider: 2 where it is worth a repeat. */
  tries: number;
  /** May another provider serve instead? Default true. */
  failsOver?: boolean;
  /** Default: both. */
  only?: 'stream' | 'whole';
  check?(seen: Seen): Record<string, unknown>;
}

const refusal = (way: Way, type: string, message: string): string =>
  way.provider.startsWith('anthropic')
    ? JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' })
    : JSON.stringify({ error: { message, type, param: null, code: null } });
const refuse =
  (code: number, type: string, headers: Record<string, string> = {}) =>
  (way: Way): Answer =>
    status(code, refusal(way, type, 'as the service says it'), headers);

/** What never answers. */
const silences: Fault[] = [
  { name: 'a hang', answer: hang, status: 504, code: 'GW_UPSTREAM_TIMEOUT', tries: 1 },
  {
    name: 'informational answers without end',
    answer: () => informationalFlood(),
    status: 504,
    code: 'GW_UPSTREAM_TIMEOUT',
    tries: 1,
  },
];
const faults: Fault[] = [
  {
    name: 'a connection closed before the answer',
    answer: () => dropBeforeAnswer('close'),
    status: 502,
    code: 'GW_UPSTREAM_CONNECT',
    tries: 2,
  },
  {
    name: 'a reset before the answer',
    answer: () => dropBeforeAnswer('reset'),
    status: 502,
    code: 'GW_UPSTREAM_CONNECT',
    tries: 2,
  },
  { name: '500', answer: refuse(500, 'api_error'), status: 500, code: 'GW_UPSTREAM_STATUS', tries: 2 },
  {
    name: '503',
    answer: refuse(503, 'api_error'),
    // Anthropic's own word for it.
    status: ({ name }) => (name === 'anthropic to openai' ? 529 : 503),
    code: 'GW_UPSTREAM_STATUS',
    tries: 2,
  },
  {
    name: '429 without a word on when',
    answer: refuse(429, 'rate_limit_error'),
    status: 429,
    code: 'GW_UPSTREAM_STATUS',
    tries: 2,
  },
  {
    name: '429 with a Retry-After that is soon',
    answer: refuse(429, 'rate_limit_error', { 'retry-after': '0' }),
    status: 429,
    code: 'GW_UPSTREAM_STATUS',
    tries: 2,
  },
  {
    name: '429 with a Retry-After that is too long to wait',
    answer: refuse(429, 'rate_limit_error', { 'retry-after': '60' }),
    status: 429,
    code: 'GW_UPSTREAM_STATUS',
    tries: 1,
    check: ({ headers }) => ({ retryAfter: headers.get('retry-after') === '60' }),
  },
  {
    name: '400',
    answer: refuse(400, 'invalid_request_error'),
    status: 400,
    code: 'GW_UPSTREAM_STATUS',
    tries: 1,
    failsOver: false,
    check: ({ message }) => ({ message: message === 'as the service says it' }),
  },
  {
    name: '401',
    answer: refuse(401, 'authentication_error'),
    status: 401,
    code: 'GW_UPSTREAM_STATUS',
    tries: 1,
    check: ({ raw }) => ({ hidesKey: !raw.includes('sk-fake') }),
  },
  {
    name: 'an HTML page with 502',
    answer: () => htmlError(502),
    status: 502,
    code: 'GW_UPSTREAM_STATUS',
    tries: 2,
  },
  {
    name: 'a redirect',
    answer: () => redirect('http://127.0.0.1:1/elsewhere'),
    status: 502,
    code: 'GW_UPSTREAM_REDIRECT',
    tries: 1,
  },
  { name: 'what is not HTTP', answer: notHttp, status: 502, code: 'GW_UPSTREAM_INVALID', tries: 1 },
  {
    name: 'fewer bytes than the content-length says',
    answer: () => wrongLength('{"id":"1"', 500),
    status: 502,
    code: 'GW_UPSTREAM_TRUNCATED',
    tries: 1,
    only: 'whole',
  },
  {
    name: 'a line without end',
    answer: () => giantLine(64 * 1024 * 1024),
    status: 502,
    code: 'GW_UPSTREAM_INVALID',
    tries: 1,
    only: 'stream',
  },
  {
    name: 'a stream that ends before its first frame',
    answer: () => cutStream('', 'end'),
    status: 502,
    code: 'GW_UPSTREAM_TRUNCATED',
    tries: 1,
    only: 'stream',
  },
  {
    name: 'a stream that is cut within its first frame',
    answer: ({ frames }) => cutStream((frames[0] ?? '').slice(0, 40), 'close'),
    status: 502,
    code: 'GW_UPSTREAM_TRUNCATED',
    tries: 1,
    only: 'stream',
  },
  {
    name: 'a stream that is reset within its first frame',
    answer: ({ frames }) => cutStream((frames[0] ?? '').slice(0, 40), 'reset'),
    status: 502,
    code: 'GW_UPSTREAM_TRUNCATED',
    tries: 1,
    only: 'stream',
  },
];

// How long the gateway waits between two tries is a matter of its own; here it waits a fiftieth of that.
Math.random = () => 0.02;

// The rest of the time is waiting for time-outs.
t.jobs = ways.length;
for (const way of ways) {
  t.test(way.name, { timeout: 110_000, buffered: true }, async (t) => {
    async function judgeAll(stage: Stage, each: readonly Fault[]): Promise<void> {
      for (const fault of each) {
        for (const stream of [true, false]) {
          if (fault.only !== undefined && (fault.only === 'stream') !== stream) continue;
          await t.test(`${fault.name}, ${stream ? 'streaming' : 'whole'}`, (t) =>
            judge(t, stage, way, fault, stream),
          );
        }
      }
    }
    // Nothing ever comes, so patience would change nothing.
    await judgeAll(await openStage(t, { timeouts: { ...limits, firstByteMs: 300 } }), silences);
    await judgeAll(await openStage(t, { timeouts: { ...limits, firstByteMs: 20_000 } }), faults);
  });
}

async function judge(t: Test, stage: Stage, way: Way, fault: Fault, stream: boolean): Promise<void> {
  const { upstream, ask } = stage;
  upstream.always(fault.answer(way));
  upstream.requests.length = 0;
  const status = typeof fault.status === 'function' ? fault.status(way) : fault.status;
  const alone = await ask(way, stream);
  t.match(alone, { status, code: fault.code, end: 'error' }, 'the client is told');
  t.type(alone.errorType, 'string', 'in its own dialect');
  t.equal(alone.attempts, String(fault.tries));
  t.equal(upstream.requests.length, fault.tries);
  for (const [what, holds] of Object.entries(fault.check?.(alone) ?? {})) t.equal(holds, true, what);

  upstream.requests.length = 0;
  const safe = await ask(way, stream, `safe-${way.provider}`);
  if (fault.failsOver === false) {
    t.match(safe, { status, code: fault.code }, 'another provider would say the same');
  } else {
    t.match(safe, { status: 200, provider: 'backup', text: 'Hello there', end: 'whole', terminals: 1 });
    t.equal(safe.attempts, String(fault.tries + 1), 'every try counts');
  }
  await Promise.all(upstream.requests.map(({ closed }) => closed));
}
