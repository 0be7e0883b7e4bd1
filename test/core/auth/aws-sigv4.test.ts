import t from 'tap';
import type { Credential } from '../../../core/auth/credential.ts';
import type { AuthScheme, UpstreamRequest } from '../../../core/auth/driver.ts';
import { prepareHeaders } from '../../../core/auth/drivers.ts';
import { Secret } from '../../../core/config/secret.ts';
import { prepareEndpoint } from '../../../core/upstream/request.ts';
import { signatureFault } from '../../helpers/verify-sigv4.ts';

/** Of AWS's own test suite and documentation. */
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const credential: Credential = {
  type: 'aws',
  id: 'main',
  provider: 'acme',
  scheme: 'sigv4',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: new Secret(secret),
};
const date = new Date('2015-08-30T12:36:00Z');
const schemeFor = (service: string): AuthScheme => ({
  id: 'sigv4',
  type: 'aws-sigv4',
  service,
  region: 'us-east-1',
});

async function sign(service: string, request: Partial<UpstreamRequest>, using = credential) {
  const whole: UpstreamRequest = {
    method: 'GET',
    origin: 'https://example.amazonaws.com',
    path: '/',
    headers: {},
    body: null,
    ...request,
  };
  const { sign: signer } = prepareHeaders(schemeFor(service), using);
  if (signer === undefined) throw new Error('the scheme signs nothing');
  return signer(whole, date);
}

t.test('signatures are those of the published examples', async (t) => {
  const form = 'application/x-www-form-urlencoded';
  const examples: [name: string, service: string, request: Partial<UpstreamRequest>, signature: string][] = [
    ['get-vanilla', 'service', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'service',
      { path: '/?Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'post-vanilla',
      'service',
      { method: 'POST' },
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      'service',
      { method: 'POST', headers: { 'content-type': form }, body: 'Param1=value1' },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
    [
      "IAM's ListUsers of the documentation",
      'iam',
      {
        origin: 'https://iam.amazonaws.com',
        path: '/?Action=ListUsers&Version=2010-05-08',
        headers: { 'content-type': `${form}; charset=utf-8` },
      },
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    ],
  ];
  for (const [name, service, request, signature] of examples) {
    const { headers } = await sign(service, request);
    t.equal(headers['x-amz-date'], '20150830T123600Z');
    t.equal(headers.authorization?.split('Signature=')[1], signature, name);
  }
});

t.test('only what the service looks at is signed, and the rest is still sent', async (t) => {
  const headers = { accept: '*/*', 'content-type': 'application/json', 'user-agent': 'x', 'x-amzn-a': 'b' };
  const signed = await sign('bedrock', { method: 'POST', headers, body: '{}' });
  t.match(signed.headers, headers);
  t.match(signed.headers.authorization, 'SignedHeaders=content-type;host;x-amz-date;x-amzn-a,');
  t.notOk('host' in signed.headers, 'the connection writes that');
});

t.test('a model id with slashes, colons and odd letters is signed as the service reads it', async (t) => {
  const keys = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: secret,
    region: 'us-east-1',
    service: 'bedrock',
  };
  const token = new Secret('session/token+=');
  const temporary: Credential = { ...credential, sessionToken: token } as Credential;
  const target = {
    name: 'bedrock',
    baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com:8443/base',
    allowPrivate: false,
    hosts: ['*.amazonaws.com:8443'],
    headers: {},
    config: {},
  };
  const endpoint = { operation: 'chat' as const, path: '/model/{model}/converse', query: { 'a b': "c'd*e" } };
  for (const model of [
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
    "ünïcode (1)!*'~ %41+&=?#",
  ]) {
    const prepared = prepareEndpoint(target, endpoint, prepareHeaders(schemeFor('bedrock'), temporary));
    const body = JSON.stringify({ text: 'Grüße 🐧' });
    const request = prepared.build({ model, stream: false, body });
    const sent = await prepared.sign?.(request, date);
    t.equal(sent?.path.split('/')[3], encodeURIComponent(model));
    const received = {
      method: 'POST',
      url: sent?.path ?? '',
      headers: { ...sent?.headers, host: 'bedrock-runtime.us-east-1.amazonaws.com:8443' },
      body: Buffer.from(body),
    };
    const expected = { ...keys, sessionToken: token.reveal() };
    t.equal(signatureFault(received, expected, date), null, model);
    const changed = { ...received, url: received.url.replace('converse', 'invoke') };
    t.match(signatureFault(changed, expected, date), /does not match/, 'the check notices another path');
    t.match(signatureFault({ ...received, body: Buffer.from('{}') }, expected, date), /does not match/);
    t.match(signatureFault(received, expected, new Date()), /expired/);
  }
});

t.test('bytes are signed like the text they are', async (t) => {
  const text = await sign('bedrock', { method: 'POST', body: 'Grüße' });
  const bytes = await sign('bedrock', { method: 'POST', body: Buffer.from('Grüße') });
  t.equal(bytes.headers.authorization, text.headers.authorization);
});

t.test('a scheme that signs needs the two keys', async (t) => {
  const key: Credential = {
    type: 'api-key',
    id: 'main',
    provider: 'acme',
    scheme: 'key',
    key: new Secret('k'),
  };
  t.throws(() => prepareHeaders(schemeFor('bedrock'), key), {
    code: 'GW_CREDENTIAL_MISSING',
    message: /'acme'.*accessKeyId and secretAccessKey/,
  });
});
