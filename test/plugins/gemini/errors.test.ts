import type { UpstreamErrorKind } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeError } from '../../../plugins/gemini/src/decode-error.ts';
import { encodeError } from '../../../plugins/gemini/src/encode-error.ts';
import { makeContext } from './context.ts';

const context = makeContext();
const table: [UpstreamErrorKind, number, string][] = [
  ['invalid-request', 400, 'INVALID_ARGUMENT'],
  ['context-length', 400, 'INVALID_ARGUMENT'],
  ['content-filter', 400, 'INVALID_ARGUMENT'],
  ['authentication', 401, 'UNAUTHENTICATED'],
  ['billing', 402, 'FAILED_PRECONDITION'],
  ['permission', 403, 'PERMISSION_DENIED'],
  ['not-found', 404, 'NOT_FOUND'],
  ['conflict', 409, 'ABORTED'],
  ['too-large', 413, 'INVALID_ARGUMENT'],
  ['rate-limit', 429, 'RESOURCE_EXHAUSTED'],
  ['quota', 429, 'RESOURCE_EXHAUSTED'],
  ['cancelled', 499, 'CANCELLED'],
  ['server', 500, 'INTERNAL'],
  ['overloaded', 503, 'UNAVAILABLE'],
  ['timeout', 504, 'DEADLINE_EXCEEDED'],
];
for (const [kind, status, word] of table) {
  t.test(`${kind} is ${status} ${word}, and is read as ${kind} again`, (t) => {
    const encoded = encodeError({ kind, message: 'why' }, context).output;
    t.match(encoded, { status, body: { error: { code: status, message: 'why', status: word } } });
    const wire = { status: encoded.status, headers: {}, body: encoded.body };
    t.match(decodeError(wire, context).output, { kind, message: 'why', status });
    t.end();
  });
}

const messages: [number, string, string, UpstreamErrorKind][] = [
  [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'authentication'],
  [
    400,
    'INVALID_ARGUMENT',
    'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    'context-length',
  ],
  [400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.', 'too-large'],
  [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', 'permission'],
  [400, 'FAILED_PRECONDITION', 'Please enable billing on your project.', 'billing'],
  [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', 'overloaded'],
  [418, 'NEW_WORD', 'teapot', 'invalid-request'],
];
for (const [status, word, message, kind] of messages) {
  t.test(`'${message}' is ${kind}`, (t) => {
    const body = { error: { code: status, message, status: word } };
    t.equal(decodeError({ status, headers: {}, body }, context).output.kind, kind);
    t.end();
  });
}

t.test('a limit of a day is a quota', (t) => {
  const violations = [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }];
  const details = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations }];
  const body = { error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED', details } };
  t.equal(decodeError({ status: 429, headers: {}, body }, context).output.kind, 'quota');
  t.end();
});

t.test('the time to wait is read from the header or the details, and told in both', (t) => {
  const header = decodeError({ status: 429, headers: { 'retry-after': '7' }, body: '' }, context).output;
  t.equal(header.retryAfterMs, 7000);
  const encoded = encodeError({ kind: 'rate-limit', message: 'x', retryAfterMs: 1500 }, context).output;
  t.match(encoded, {
    headers: { 'retry-after': '2' },
    body: { error: { details: [{ retryDelay: '1.5s' }] } },
  });
  t.equal(decodeError({ status: 429, headers: {}, body: encoded.body }, context).output.retryAfterMs, 1500);
  t.end();
});

t.test('an error of this dialect keeps its body', (t) => {
  const body = { error: { code: 400, message: 'm', status: 'INVALID_ARGUMENT', details: [{ extra: 1 }] } };
  const error = decodeError({ status: 400, headers: {}, body }, context).output;
  t.strictSame(encodeError(error, context).output, { status: 400, body });
  t.end();
});
