import type { Json, UpstreamError, UpstreamErrorKind } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeError } from '../../../plugins/openai/src/decode-error.ts';
import { encodeError } from '../../../plugins/openai/src/encode-error.ts';
import { makeContext } from './context.ts';

const context = makeContext();
const read = (status: number, body: Json, headers: Record<string, string> = {}): UpstreamError =>
  decodeError({ status, headers, body }, context).output;
const write = (error: UpstreamError) => encodeError(error, context).output;

t.test('every kind has a status, a type and a code', async (t) => {
  const rows: Record<UpstreamErrorKind, [number, string, string | null]> = {
    'invalid-request': [400, 'invalid_request_error', null],
    authentication: [401, 'authentication_error', 'invalid_api_key'],
    permission: [403, 'permission_error', 'permission_denied'],
    'not-found': [404, 'invalid_request_error', 'model_not_found'],
    'rate-limit': [429, 'rate_limit_error', 'rate_limit_exceeded'],
    quota: [429, 'insufficient_quota', 'insufficient_quota'],
    billing: [402, 'insufficient_quota', 'billing_not_active'],
    overloaded: [503, 'server_error', 'overloaded'],
    'context-length': [400, 'invalid_request_error', 'context_length_exceeded'],
    'content-filter': [400, 'invalid_request_error', 'content_filter'],
    'too-large': [413, 'invalid_request_error', 'request_too_large'],
    conflict: [409, 'invalid_request_error', 'conflict'],
    timeout: [504, 'server_error', 'timeout'],
    cancelled: [499, 'invalid_request_error', 'cancelled'],
    server: [500, 'server_error', 'internal_server_error'],
    unknown: [500, 'server_error', null],
  };
  for (const [kind, [status, type, code]] of Object.entries(rows)) {
    const error = { kind: kind as UpstreamErrorKind, message: 'why' };
    t.same(write(error), { status, body: { error: { message: 'why', type, param: null, code } } }, kind);
    if (kind !== 'unknown') t.equal(read(status, write(error).body).kind, kind, `${kind} is read back`);
  }
});

t.test('codes and words say more than the status', async (t) => {
  const body = (changes: object): Json => ({
    error: { message: 'm', type: null, code: null, ...changes } as never,
  });
  const tooLong = (field: string, most: number): Json =>
    body({
      message: `Invalid '${field}': string too long. Expected a string with maximum length ${most}, but got a string with length 9999999 instead.`,
      code: 'string_above_max_length',
    });
  const cases: [number, Json, UpstreamErrorKind][] = [
    [400, body({ message: 'Please reduce the length of the messages.' }), 'context-length'],
    [400, body({ message: 'prompt is too long: 300000 tokens' }), 'context-length'],
    [400, tooLong('messages[1].content', 1_048_576), 'context-length'],
    [400, tooLong('tools[24].function.name', 64), 'invalid-request'],
    [400, body({ code: 'content_policy_violation' }), 'content-filter'],
    [
      400,
      body({
        message:
          'The response was filtered due to the prompt triggering Azure OpenAI’s content management policy.',
      }),
      'content-filter',
    ],
    [400, body({}), 'invalid-request'],
    [404, body({ code: 'model_not_found' }), 'not-found'],
    [404, body({ code: 'DeploymentNotFound' }), 'not-found'],
    [429, body({ type: 'insufficient_quota' }), 'quota'],
    [429, body({ message: 'You exceeded your current quota' }), 'quota'],
    [429, body({ type: 'tokens' }), 'rate-limit'],
    [402, body({ message: 'Insufficient Balance' }), 'billing'],
    [413, body({ message: 'Request too large' }), 'too-large'],
    [503, body({}), 'overloaded'],
    [524, body({}), 'timeout'],
    [500, body({ message: 'our content policy service is down' }), 'server'],
    [418, body({ code: 'constructor' }), 'invalid-request'],
  ];
  for (const [status, json, kind] of cases) t.equal(read(status, json).kind, kind, JSON.stringify(json));
});

t.test('bodies of every shape give a message', async (t) => {
  t.match(read(422, { object: 'error', message: 'bad', type: 'invalid_request_error', code: 3051 }), {
    message: 'bad',
    code: '3051',
  });
  t.match(read(400, [{ error: { code: 400, message: 'from Google', status: 'INVALID_ARGUMENT' } }]), {
    message: 'from Google',
  });
  t.match(read(401, { error: 'Unauthorized' }), { message: 'Unauthorized', kind: 'authentication' });
  t.match(read(422, { detail: [{ loc: ['body'], msg: 'Field required' }] }), { message: /Field required/ });
  t.match(read(502, '<html><head><style>x{}</style><title>502 Bad Gateway</title></head></html>'), {
    message: '502 Bad Gateway',
  });
  t.match(read(503, 'no healthy upstream'), { message: 'no healthy upstream' });
  t.match(read(500, null), { message: 'the provider answered with status 500' });
});

t.test('the time to wait is read in every form and given in seconds', async (t) => {
  const wait = (headers: Record<string, string>) => read(429, {}, headers).retryAfterMs;
  t.equal(wait({ 'retry-after': '2' }), 2000);
  t.equal(wait({ 'retry-after': '2', 'retry-after-ms': '150' }), 150);
  t.equal(wait({ 'retry-after': new Date(context.now + 5000).toUTCString() }), 5000);
  t.equal(wait({ 'retry-after': 'soon' }), undefined);
  t.same(write({ kind: 'rate-limit', message: 'm', retryAfterMs: 1500 }).headers, { 'retry-after': '2' });
});

t.test('an error of this dialect goes back as it came', async (t) => {
  const body = {
    error: { message: 'm', type: 'tokens', param: null, code: 'rate_limit_exceeded', extra: 1 },
  };
  t.same(write(read(429, body)).body, body);
});

t.test('an upstream’s status stays where it means the same', async (t) => {
  t.equal(write({ kind: 'server', message: 'm', status: 502 }).status, 502);
  t.equal(write({ kind: 'overloaded', message: 'm', status: 529 }).status, 503);
  t.equal(write({ kind: 'invalid-request', message: 'm', status: 422 }).status, 422);
});

t.test('a path that does not exist is not taken for a model', async (t) => {
  t.match(write({ kind: 'not-found', message: 'm', code: 'GW_SERVER_NO_ROUTE' }).body, {
    error: { code: 'GW_SERVER_NO_ROUTE' },
  });
  t.match(write({ kind: 'not-found', message: 'm', code: 'GW_ROUTE_NO_MODEL' }).body, {
    error: { code: 'model_not_found' },
  });
});
