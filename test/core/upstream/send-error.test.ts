import t from 'tap';
import { EgressRefusal } from '../../../core/upstream/connector.ts';
import { asSendError } from '../../../core/upstream/send-error.ts';

const facts = { provider: 'acme', host: 'api.acme.com', connectMs: 1000, answered: false };
const failure = (code: string, message = 'node says', more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

const cases: [error: unknown, code: string, message: RegExp][] = [
  [
    failure('ECONNREFUSED', '', { address: '10.0.0.9', port: 3128 }),
    'GW_UPSTREAM_CONNECT',
    /refused \(10\.0\.0\.9:3128\)/,
  ],
  [failure('ENOTFOUND'), 'GW_UPSTREAM_CONNECT', /does not resolve/],
  [failure('UND_ERR_CONNECT_TIMEOUT'), 'GW_UPSTREAM_CONNECT', /within 1000 ms/],
  [
    failure('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
    'GW_UPSTREAM_CONNECT',
    /self-signed certificate.*NODE_EXTRA_CA_CERTS/,
  ],
  [failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'GW_UPSTREAM_CONNECT', /NODE_EXTRA_CA_CERTS/],
  [failure('ERR_TLS_CERT_ALTNAME_INVALID'), 'GW_UPSTREAM_CONNECT', /certificate is not accepted/],
  [failure('UND_ERR_HEADERS_OVERFLOW'), 'GW_UPSTREAM_INVALID', /headers are too large/],
  [new EgressRefusal('it is internal'), 'GW_UPSTREAM_REFUSED_HOST', /api\.acme\.com: it is internal/],
  [
    new AggregateError([failure('ECONNREFUSED'), failure('EHOSTUNREACH')], 'all failed'),
    'GW_UPSTREAM_CONNECT',
    /refused/,
  ],
  ['a string', 'GW_UPSTREAM_CONNECT', /unknown failure/],
];

for (const [error, code, message] of cases) {
  t.test(`${message} is ${code}`, async (t) => {
    const mapped = asSendError(error, facts);
    t.equal(mapped.code, code);
    t.match(mapped.message, message);
    t.match(mapped.message, /'acme'/);
  });
}

t.test('once the answer has begun, every failure is a broken answer', async (t) => {
  for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'EPIPE']) {
    t.equal(asSendError(failure(code), { ...facts, answered: true }).code, 'GW_UPSTREAM_TRUNCATED', code);
  }
});

t.test('bytes of the answer that undici keeps in an error are not passed on', async (t) => {
  const error = Object.assign(new Error('Response does not match'), {
    name: 'HTTPParserError',
    data: 'set-cookie: hidden',
  });
  const mapped = asSendError(error, facts);
  t.equal(mapped.code, 'GW_UPSTREAM_INVALID');
  t.notMatch(JSON.stringify([mapped.message, mapped.details, mapped.cause]), 'hidden');
});
