import type { UpstreamErrorKind } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeError, encodeError } from '../../../../plugins/openai/src/responses/errors.ts';
import { makeContext } from './context.ts';
import { dataOf, events, frames } from './run.ts';

const context = makeContext();
const kinds: Record<UpstreamErrorKind, [number, string | null]> = {
  'invalid-request': [400, null],
  authentication: [401, 'invalid_api_key'],
  permission: [403, 'permission_denied'],
  'not-found': [404, 'model_not_found'],
  'rate-limit': [429, 'rate_limit_exceeded'],
  quota: [429, 'insufficient_quota'],
  billing: [402, 'billing_not_active'],
  overloaded: [503, 'overloaded'],
  'context-length': [400, 'context_length_exceeded'],
  'content-filter': [400, 'content_filter'],
  'too-large': [413, 'request_too_large'],
  conflict: [409, 'conflict'],
  timeout: [504, 'timeout'],
  cancelled: [499, 'cancelled'],
  server: [500, 'internal_server_error'],
  unknown: [500, null],
};

t.test('every kind has a status and a code, also in the middle of a stream', async (t) => {
  for (const [name, [status, code]] of Object.entries(kinds)) {
    const error = { kind: name as UpstreamErrorKind, message: 'why' };
    const { output } = encodeError(error, context);
    t.match(output, { status, body: { error: { message: 'why', code } } }, name);
    const failed = frames([
      { type: 'response-start', id: 'a', model: 'm' },
      { type: 'error', error },
    ]).at(-1);
    t.match(dataOf(failed).response, {
      status: 'failed',
      error: { code: code ?? 'server_error', message: 'why' },
    });
  }
});

t.test('a code in the middle of a stream tells whose fault it is', async (t) => {
  const cases: [string, UpstreamErrorKind][] = [
    ['server_error', 'server'],
    ['server_is_overloaded', 'overloaded'],
    ['rate_limit_exceeded', 'rate-limit'],
    ['invalid_prompt', 'invalid-request'],
    ['image_too_large', 'invalid-request'],
    ['image_content_policy_violation', 'content-filter'],
  ];
  for (const [code, kind] of cases) {
    const response = { id: 'r', status: 'failed', error: { code, message: 'why' } };
    const failed = events([{ data: { type: 'response.failed', response } }]).at(-1);
    t.match(failed, { type: 'error', error: { kind, code } }, code);
  }
});

t.test('an error of this dialect goes back as it came, one of another is written anew', async (t) => {
  const body = {
    error: { message: 'why', type: 'invalid_request_error', param: 'input', code: 'odd', more: 1 },
  };
  const error = decodeError({ status: 400, headers: { 'retry-after': '2' }, body }, context).output;
  t.match(error, { kind: 'invalid-request', code: 'odd', param: 'input', retryAfterMs: 2000 });
  t.same(encodeError(error, context).output, { status: 400, body, headers: { 'retry-after': '2' } });
  const foreign = { ...error, raw: { dialect: 'openai-chat', value: body } };
  t.notOk(JSON.stringify(encodeError(foreign, context).output).includes('more'));
});

t.test('an error that was an event is one again', async (t) => {
  const data = { type: 'error', code: 'odd', message: 'why', param: null };
  const [event] = events([{ event: 'error', data }]);
  t.match(event, { type: 'error', error: { message: 'why', code: 'odd' } });
  if (event === undefined) throw new Error('there is an event');
  t.same(dataOf(frames([event])[0]), { ...data, sequence_number: 0 });
});
