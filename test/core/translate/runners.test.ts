import type { Step, StreamBatch } from '../../../core/translate/runner.ts';
import { describeRunners } from '../../helpers/describe-runners.ts';
import { context, echo, echoRequest, echoResponse, echoStep, echoStream, requestOf } from './plans.ts';

describeRunners('a request goes through its steps in one hop', [echo], async (t, runner) => {
  const input = requestOf({ text: 'grüße' });
  const before = Buffer.from(input.body);
  const made = await runner.request(echoRequest, input, context);
  t.same(JSON.parse(made.body.toString()), { text: 'grüße', model: 'model-1', extra: 7 });
  t.same(made.warnings, [{ code: 'dropped', path: '/seed', message: 'no seed' }]);
  t.strictSame(made.memos, [{ asked: 5 }, undefined], 'a step without a memo leaves none');
  t.ok(input.body.equals(before), 'the bytes stay with the host');
});

describeRunners("a reply gives the client's body, usage and finish", [echo], async (t, runner) => {
  const input = { status: 200, headers: {}, body: Buffer.from('{"text":"hello"}') };
  const made = await runner.response(echoResponse, input, context, [{ asked: 3 }, undefined]);
  t.same(JSON.parse(made.body.toString()), { text: 'hello', memo: { asked: 3 } });
  t.same(made.usage, { inputTokens: 1, outputTokens: 2 });
  t.same(made.finish, { reason: 'stop' });
});

describeRunners(
  'a reply that is a failure is an error of the upstream, kind and all',
  [echo],
  async (t, runner) => {
    const input = { status: 200, headers: {}, body: Buffer.from('{"failed":"no money"}') };
    await t.rejects(async () => runner.response(echoResponse, input, context, []), {
      code: 'GW_UPSTREAM_STATUS',
      message: 'no money',
      upstream: { kind: 'quota', message: 'no money' },
    });
  },
);

describeRunners('what was kept of earlier turns is read where the body is', [echo], async (t, runner) => {
  const earlier = [{ input: Buffer.from('"hä"'), reply: Buffer.from('{"id":1}') }];
  const made = await runner.request(echoRequest, { ...requestOf({ text: 'a' }), earlier }, context);
  t.match(JSON.parse(made.body.toString()), { text: 'a' });
  const broken = [{ input: Buffer.from('{'), reply: Buffer.from('1') }];
  const asked = async () =>
    runner.request(echoRequest, { ...requestOf({ text: 'a' }), earlier: broken }, context);
  await t.rejects(asked, { code: 'GW_CLIENT_BODY_INVALID' });
});

describeRunners('an edit step changes the body and warns', [echo], async (t, runner) => {
  const edit: Step = { type: 'edit', edits: { drop: ['extra'] }, warn: true };
  const made = await runner.request([...echoRequest, edit], requestOf({ text: 'a' }), context);
  t.same(JSON.parse(made.body.toString()), { text: 'a', model: 'model-1' });
  t.match(made.warnings[1], { code: 'dropped', path: '/extra' });
});

describeRunners('a call takes JSON and gives JSON', [echo], async (t, runner) => {
  const error = { kind: 'server', message: 'no luck' };
  const made = await runner.call([echoStep('encodeError')], error, context, []);
  t.same(made.output, { status: 500, body: { error: 'no luck' } });
});

describeRunners('a stream keeps its state from batch to batch', [echo], async (t, runner) => {
  const run = runner.stream(echoStream, 'sse', context, []);
  const first = await run.push([{ data: '{"text":"a"}' }, { data: '{"text":"b"}' }]);
  t.strictSame(first, { text: 'data: {"text":"a"}\n\ndata: {"text":"b"}\n\n' });
  const last = await run.push([{ data: '[DONE]' }], 'complete');
  t.strictSame(last, {
    text: 'data: {"seen":7}\n\ndata: [DONE]\n\n',
    ended: 'complete',
    finish: { reason: 'stop' },
    usage: { outputTokens: 3 },
  });
});

describeRunners('a stream that is cut ends in an error', [echo], async (t, runner) => {
  const run = runner.stream(echoStream, 'sse', context, []);
  await run.push([{ data: '{"text":"a"}' }]);
  const last: StreamBatch = await run.push([], 'cut');
  t.equal(last.ended, 'error');
  t.match(last.text, /^event: error\ndata: /);
});

describeRunners('a stream can be failed from outside', [echo], async (t, runner) => {
  const run = runner.stream(echoStream, 'sse', context, []);
  await run.push([{ data: '{"text":"a"}' }]);
  const last = await run.fail({ kind: 'timeout', message: 'too slow' });
  t.equal(last.ended, 'error');
  t.match(last.error, { kind: 'timeout', message: 'too slow' });
  t.equal(last.text, 'event: error\ndata: {"error":"too slow"}\n\n');
});

const failures: [string, { code: string; message?: string; status?: number }][] = [
  ['{', { code: 'GW_CLIENT_BODY_INVALID', status: 400 }],
  ['{"text":1}', { code: 'GW_TRANSLATE_INPUT_INVALID', message: 'text must be a string (at /text)' }],
];
for (const [body, expected] of failures) {
  describeRunners(`a bad body (${body}) is the client's fault`, [echo], async (t, runner) => {
    const input = { path: {}, query: {}, headers: {}, body: Buffer.from(body) };
    await t.rejects(async () => runner.request(echoRequest, input, context), expected);
  });
}

describeRunners('a function that is not there is reported as unsupported', [echo], async (t, runner) => {
  const call = async () => runner.call([echoStep('encodeModels')], [], context, []);
  await t.rejects(call, { code: 'GW_TRANSLATE_UNSUPPORTED' });
});
