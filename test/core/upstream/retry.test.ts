import t from 'tap';
import { GatewayError } from '../../../core/errors/gateway-error.ts';
import { decideRetry, type RetryQuestion, retryFacts } from '../../../core/upstream/retry.ts';
import { parseDuration, parseRetryAfter, readRetryHints } from '../../../core/upstream/retry-after.ts';
import { RetryBudget } from '../../../core/upstream/retry-budget.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
function ask(question: Partial<RetryQuestion>): ReturnType<typeof decideRetry> {
  return decideRetry({ attempt: 1, settings: { retries: 2 }, random: () => 0.5, ...question });
}

t.test('statuses that pass are tried again, others are not', async (t) => {
  for (const status of [408, 429, 500, 502, 503, 504, 529]) t.equal(ask({ status }).retry, true, `${status}`);
  for (const status of [400, 401, 403, 404, 409, 413, 422, 501]) {
    t.same(ask({ status }), { retry: false, reason: 'not-retryable' }, `${status}`);
  }
});

t.test(
  'a connection that failed is tried again; a time-out, a refused host and a cut answer are not',
  async (t) => {
    t.equal(ask({ errorCode: 'GW_UPSTREAM_CONNECT' }).retry, true);
    for (const errorCode of [
      'GW_UPSTREAM_TIMEOUT',
      'GW_UPSTREAM_REFUSED_HOST',
      'GW_UPSTREAM_TRUNCATED',
    ] as const) {
      t.equal(ask({ errorCode }).retry, false, errorCode);
    }
  },
);

t.test('full jitter doubles from 500 ms to 8 s', async (t) => {
  const settings = { retries: 10 };
  const delays = [1, 2, 3, 4, 5, 6].map((attempt) =>
    ask({ attempt, status: 500, settings, random: () => 0.999999 }),
  );
  t.same(
    delays.map((decision) => decision.retry && decision.delayMs),
    [500, 1000, 2000, 4000, 8000, 8000],
  );
  t.same(ask({ status: 500, random: () => 0 }), { retry: true, delayMs: 0 });
});

t.test('two repeats, then it gives up', async (t) => {
  t.equal(ask({ status: 500, attempt: 2 }).retry, true);
  t.same(ask({ status: 500, attempt: 3 }), { retry: false, reason: 'used-up' });
  t.same(ask({ status: 500, settings: { retries: 0 } }), { retry: false, reason: 'used-up' });
});

t.test('Retry-After is obeyed up to 20 s, above it the attempt ends', async (t) => {
  t.same(ask({ status: 429, retryAfterMs: 20_000 }), { retry: true, delayMs: 20_000 });
  t.same(ask({ status: 429, retryAfterMs: 20_001 }), { retry: false, reason: 'wait-too-long' });
});

t.test('a spent quota is not a rate limit', async (t) => {
  t.equal(ask({ status: 429, kind: 'rate-limit' }).retry, true);
  t.equal(ask({ status: 429, kind: 'quota' }).retry, false);
  t.equal(ask({ status: 429, kind: 'billing' }).retry, false);
});

t.test("the service's own word and the manifest's statuses go over the list", async (t) => {
  t.equal(ask({ status: 500, shouldRetry: false }).retry, false);
  t.equal(ask({ status: 409, shouldRetry: true }).retry, true);
  t.equal(ask({ status: 500, settings: { retries: 2, statuses: [429] } }).retry, false);
});

t.test('an error of the table says what the decision needs', async (t) => {
  const refused = new GatewayError(
    'GW_UPSTREAM_STATUS',
    {},
    { upstream: { kind: 'quota', message: '', status: 429 } },
  );
  t.same(retryFacts(refused), { errorCode: 'GW_UPSTREAM_STATUS', status: 429, kind: 'quota' });
  t.same(retryFacts(new GatewayError('GW_UPSTREAM_CONNECT')), { errorCode: 'GW_UPSTREAM_CONNECT' });
});

t.test('Retry-After is seconds or a date, and nothing else', async (t) => {
  t.equal(parseRetryAfter('2', now), 2000);
  t.equal(parseRetryAfter(' 0.5 ', now), 500);
  t.equal(parseRetryAfter('Sun, 01 Nov 2026 12:00:07 GMT', now), 7000);
  t.equal(parseRetryAfter('Sun, 01 Nov 2026 11:00:00 GMT', now), 0);
  for (const text of ['', 'soon', '-3', '1e3', 'NaN', undefined])
    t.equal(parseRetryAfter(text, now), undefined);
});

t.test('durations as OpenAI writes them', async (t) => {
  t.equal(parseDuration('6m0s'), 360_000);
  t.equal(parseDuration('20ms'), 20);
  t.equal(parseDuration('1h2m3.5s'), 3_723_500);
  for (const text of ['', '5', 's', '1x', undefined]) t.equal(parseDuration(text), undefined);
});

t.test('hints: the header of the manifest, milliseconds, Retry-After, in this order', async (t) => {
  const headers = { 'retry-after': '9', 'retry-after-ms': '1500', 'x-wait': '3', 'x-should-retry': 'false' };
  t.same(readRetryHints(503, headers, now), { retryAfterMs: 1500, shouldRetry: false });
  t.same(readRetryHints(503, headers, now, 'X-Wait'), { retryAfterMs: 3000, shouldRetry: false });
  t.same(readRetryHints(503, { 'retry-after': ['4', '5'] }, now), { retryAfterMs: 4000 });
  t.same(readRetryHints(503, {}, now), {});
});

t.test('on a 429 the latest reset of an empty bucket counts; full buckets do not', async (t) => {
  const openai = {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '6s',
  };
  t.same(readRetryHints(429, openai, now), { retryAfterMs: 6000 });
  t.same(readRetryHints(429, { ...openai, 'x-ratelimit-remaining-tokens': '90' }, now), {
    retryAfterMs: 1000,
  });
  t.same(readRetryHints(500, openai, now), {});
  const anthropic = {
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-input-tokens-reset': '2026-11-01T12:00:10Z',
    'anthropic-ratelimit-requests-remaining': '9',
    'anthropic-ratelimit-requests-reset': '2026-11-01T13:00:00Z',
  };
  t.same(readRetryHints(429, anthropic, now), { retryAfterMs: 10_000 });
});

t.test(
  'a service that fails everybody gets a fifth more than is asked of it, and a few at once',
  async (t) => {
    let time = 0;
    const budget = new RetryBudget(() => time);
    const repeatsOf = (requests: number, perRequest: number): number => {
      let repeats = 0;
      for (let request = 0; request < requests; request++) {
        budget.earn();
        for (let each = 0; each < perRequest && budget.spend(); each++) repeats++;
      }
      return repeats;
    };
    t.equal(repeatsOf(40, 2), 80, 'a hiccup is bridged');
    t.ok(repeatsOf(1_000, 2) <= 230, 'an outage is not made worse');
    time += 1_000;
    t.equal(repeatsOf(10, 1), 10, 'and one that comes back is tried again');
    time += 3_600_000;
    t.ok(repeatsOf(300, 1) < 180, 'what is saved up has an end');
  },
);
