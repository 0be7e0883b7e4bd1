import type { Json, UpstreamErrorKind } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeError, encodeError } from '../../../plugins/anthropic/src/errors.ts';
import { makeContext } from './context.ts';

function decode(status: number, body: Json, headers: Record<string, string> = {}) {
  return decodeError({ status, headers, body }, makeContext()).output;
}
function wire(type: string, message = 'm'): Json {
  return { type: 'error', error: { type, message }, request_id: 'req_1' };
}

const rows: [UpstreamErrorKind, number, string][] = [
  ['invalid-request', 400, 'invalid_request_error'],
  ['context-length', 400, 'invalid_request_error'],
  ['content-filter', 400, 'invalid_request_error'],
  ['conflict', 409, 'invalid_request_error'],
  ['cancelled', 499, 'invalid_request_error'],
  ['authentication', 401, 'authentication_error'],
  ['billing', 402, 'billing_error'],
  ['permission', 403, 'permission_error'],
  ['not-found', 404, 'not_found_error'],
  ['too-large', 413, 'request_too_large'],
  ['rate-limit', 429, 'rate_limit_error'],
  ['quota', 429, 'rate_limit_error'],
  ['timeout', 504, 'timeout_error'],
  ['overloaded', 529, 'overloaded_error'],
  ['server', 500, 'api_error'],
  ['unknown', 500, 'api_error'],
];
for (const [kind, status, type] of rows) {
  t.test(`${kind} is ${status} ${type} for a client`, (t) => {
    const encoded = encodeError({ kind, message: 'm' }, makeContext()).output;
    t.equal(encoded.status, status);
    t.match(encoded.body, { type: 'error', error: { type, message: /m$/ }, request_id: 'req1' });
    t.end();
  });
}

t.test('a type of the service is understood', (t) => {
  t.equal(decode(401, wire('authentication_error')).kind, 'authentication');
  t.equal(decode(402, wire('billing_error')).kind, 'billing');
  t.equal(decode(403, wire('permission_error')).kind, 'permission');
  t.equal(decode(404, wire('not_found_error')).kind, 'not-found');
  t.equal(decode(413, wire('request_too_large')).kind, 'too-large');
  t.equal(decode(429, wire('rate_limit_error')).kind, 'rate-limit');
  t.equal(decode(500, wire('api_error')).kind, 'server');
  t.equal(decode(504, wire('timeout_error')).kind, 'timeout');
  t.equal(decode(529, wire('overloaded_error')).kind, 'overloaded');
  t.equal(decode(400, wire('invalid_request_error')).kind, 'invalid-request');
  t.end();
});

t.test('the two refusals that only their words tell apart', (t) => {
  const tooLong = wire('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum');
  t.equal(decode(400, tooLong).kind, 'context-length');
  const noCredit = wire(
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API.',
  );
  t.equal(decode(400, noCredit).kind, 'billing');
  t.end();
});

t.test('a body of a proxy is understood by its status', (t) => {
  t.match(decode(502, '<html><body>Bad gateway</body></html>'), {
    kind: 'server',
    message: 'The upstream answered with status 502',
    status: 502,
  });
  t.match(decode(429, 'slow down'), { kind: 'rate-limit', message: 'slow down' });
  t.match(decode(503, null), { kind: 'overloaded' });
  t.match(decode(418, { detail: 'teapot' }), { kind: 'invalid-request', message: 'teapot' });
  t.match(decode(302, ''), { kind: 'unknown' });
  t.end();
});

t.test('Retry-After is read as seconds or as a date, and given on as seconds', (t) => {
  t.equal(decode(429, wire('rate_limit_error'), { 'retry-after': '12' }).retryAfterMs, 12_000);
  const now = makeContext().now;
  const date = new Date(now + 5000).toUTCString();
  t.equal(decode(429, wire('rate_limit_error'), { 'retry-after': date }).retryAfterMs, 5000);
  t.equal(decode(429, wire('rate_limit_error'), { 'retry-after': 'soon' }).retryAfterMs, undefined);
  const { headers } = encodeError(
    { kind: 'rate-limit', message: 'm', retryAfterMs: 1500 },
    makeContext(),
  ).output;
  t.strictSame(headers, { 'retry-after': '2' });
  t.end();
});

t.test('an error of this dialect keeps its own fields', (t) => {
  const body = {
    type: 'error',
    error: { type: 'new_error', message: 'm', code: 'c1', details: { a: 1 } },
    request_id: 'req_9',
  };
  const error = decode(400, body);
  t.equal(error.code, 'c1');
  t.match(encodeError(error, makeContext()).output, {
    status: 400,
    body: { error: { type: 'new_error', message: 'm', code: 'c1', details: { a: 1 } } },
  });
  t.end();
});

t.test('a full context says the words clients look for', (t) => {
  const message = "This model's maximum context length is 8192 tokens.";
  const { body } = encodeError({ kind: 'context-length', message }, makeContext()).output;
  t.match(body, { error: { message: /^prompt is too long: This model/ } });
  t.end();
});

t.test('a status of 5xx that is no other kind is kept', (t) => {
  t.equal(encodeError({ kind: 'server', message: 'm', status: 502 }, makeContext()).output.status, 502);
  t.equal(encodeError({ kind: 'rate-limit', message: 'm', status: 400 }, makeContext()).output.status, 429);
  t.end();
});
