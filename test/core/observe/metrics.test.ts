import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { ExchangeRecord } from '../../../core/observe/exchange-record.ts';
import { createMetrics } from '../../../core/observe/metrics.ts';

const record: ExchangeRecord = {
  requestId: 'r1',
  client: 'laptop',
  dialect: 'openai-chat',
  operation: 'chat',
  model: 'anthropic/claude-x',
  provider: 'anthropic',
  upstreamModel: 'claude-x',
  attempts: 1,
  status: 200,
  stream: true,
  milliseconds: 120,
  firstByteMs: 30,
  inputTokens: 10,
  outputTokens: 20,
  cacheReadTokens: 4,
  warnings: 0,
  passThrough: false,
};

/** The value of the one series with exactly this name and these labels. */
function seriesOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

t.test('an exchange counts once, with its times and tokens', async (t) => {
  const metrics = createMetrics();
  metrics.setModels(['claude-x']);
  metrics.recordExchange(record);
  metrics.recordExchange(record);
  const text = await metrics.text();
  const labels = 'dialect="openai-chat",operation="chat",provider="anthropic"';
  t.equal(seriesOf(text, `dragoman_requests_total{${labels},status="200"}`), 2);
  t.equal(seriesOf(text, `dragoman_request_seconds_count{${labels}}`), 2);
  t.equal(seriesOf(text, `dragoman_request_seconds_sum{${labels}}`), 0.24);
  t.equal(seriesOf(text, `dragoman_request_seconds_bucket{${labels},le="0.1"}`), 0);
  t.equal(seriesOf(text, `dragoman_request_seconds_bucket{${labels},le="0.25"}`), 2);
  t.equal(seriesOf(text, `dragoman_request_seconds_bucket{${labels},le="+Inf"}`), 2);
  t.equal(seriesOf(text, 'dragoman_first_token_seconds_count{provider="anthropic"}'), 2);
  for (const [type, count] of [
    ['input', 20],
    ['output', 40],
    ['cache_read', 8],
  ])
    t.equal(
      seriesOf(text, `dragoman_tokens_total{provider="anthropic",model="claude-x",type="${type}"}`),
      count,
    );
});

t.test('the end of a bucket belongs to it, and what is above all of them only to +Inf', async (t) => {
  const metrics = createMetrics();
  metrics.recordTranslate('groq', 'worker', 1);
  metrics.recordTranslate('groq', 'worker', 60_000);
  const text = await metrics.text();
  const series = (le: string) => `dragoman_translate_seconds_bucket{plugin="groq",tier="worker",le="${le}"}`;
  t.equal(seriesOf(text, series('0.0003')), 0);
  t.equal(seriesOf(text, series('0.001')), 1);
  t.equal(seriesOf(text, series('1')), 1);
  t.equal(seriesOf(text, series('+Inf')), 2);
});

t.test('model names that nobody configured are one series', async (t) => {
  const metrics = createMetrics();
  metrics.setModels(['claude-x']);
  for (let index = 0; index < 5000; index++)
    metrics.recordExchange({ ...record, upstreamModel: `made-up-${index}` });
  const text = await metrics.text();
  t.notMatch(text, 'made-up');
  t.equal(seriesOf(text, 'dragoman_tokens_total{provider="anthropic",model="other",type="input"}'), 50_000);
});

t.test('no family grows past its bound, and nothing is lost from its sum', async (t) => {
  const metrics = createMetrics();
  for (let index = 0; index < 3000; index++) metrics.recordAttempt(`provider-${index}`, 'ok');
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('dragoman_upstream_attempts_total{'));
  t.ok(lines.length <= 1001, `${lines.length} series`);
  t.equal(
    lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0),
    3000,
  );
});

t.test('failures count by code, a request without a provider under none', async (t) => {
  const metrics = createMetrics();
  metrics.recordExchange({ ...record, provider: '', status: 401, code: 'GW_CLIENT_UNAUTHENTICATED' });
  const text = await metrics.text();
  t.equal(seriesOf(text, 'dragoman_errors_total{code="GW_CLIENT_UNAUTHENTICATED"}'), 1);
  t.match(text, 'provider="none",status="401"} 1');
});

t.test('streams open and close', async (t) => {
  const metrics = createMetrics();
  t.equal(seriesOf(await metrics.text(), 'dragoman_streams_open'), 0);
  metrics.streamOpened();
  metrics.streamOpened();
  metrics.streamClosed();
  t.equal(seriesOf(await metrics.text(), 'dragoman_streams_open'), 1);
});

t.test('a plugin that changed has one series, the new one', async (t) => {
  const metrics = createMetrics();
  metrics.setPlugins([{ id: 'groq', version: '1.0.0', tier: 'manifest', state: 'on' }]);
  metrics.setPlugins([{ id: 'groq', version: '1.1.0', tier: 'manifest', state: 'on' }]);
  metrics.recordSwap('swapped');
  const text = await metrics.text();
  t.notMatch(text, '1.0.0');
  t.equal(
    seriesOf(text, 'dragoman_plugin_info{plugin="groq",version="1.1.0",tier="manifest",state="on"}'),
    1,
  );
  t.equal(seriesOf(text, 'dragoman_swaps_total{outcome="swapped"}'), 1);
});

t.test('two gateways in one process keep their figures apart', async (t) => {
  const [first, second] = [createMetrics(), createMetrics()];
  first.recordSwap('failed');
  t.match(await first.text(), 'dragoman_swaps_total{outcome="failed"} 1');
  t.notMatch(await second.text(), 'outcome="failed"');
});

t.test('label values cannot break out of their quotes', async (t) => {
  const metrics = createMetrics();
  metrics.recordAttempt('a"} 1\nfake_metric 2\\', 'ok');
  const text = await metrics.text();
  t.notMatch(text, /^fake_metric/m);
  t.match(text, 'provider="a\\"} 1\\nfake_metric 2\\\\"');
});

t.test('the figures of the process are there too, and asking does not keep it alive', (t) => {
  const code = `
    import { createMetrics } from ${JSON.stringify(new URL('../../../core/observe/metrics.ts', import.meta.url).href)};
    console.log(await createMetrics().text());`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  t.equal(result.status, 0);
  t.match(result.stdout, /^process_resident_memory_bytes \d+/m);
  t.match(result.stdout, /^nodejs_eventloop_lag_p99_seconds /m);
  t.end();
});
