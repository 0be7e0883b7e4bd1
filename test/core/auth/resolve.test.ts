import t from 'tap';
import { secretsOf } from '../../../core/auth/credential.ts';
import type { AuthScheme } from '../../../core/auth/driver.ts';
import { Secret } from '../../../core/config/secret.ts';
import { variablesOf } from '../../../core/credentials/environment.ts';
import { type CredentialSource, resolveCredentials } from '../../../core/credentials/resolve.ts';

const place = { in: 'header', name: 'x-api-key' };
const key = { id: 'key', type: 'api-key', place, env: ['ACME_KEY', 'ACME_API_KEY'] } as unknown as AuthScheme;
const other = { id: 'other', type: 'api-key', place } as unknown as AuthScheme;
const open = { id: 'open', type: 'none' } as AuthScheme;
const device = { id: 'login', type: 'oauth2-device' } as unknown as AuthScheme;

function resolve(source: Partial<CredentialSource>) {
  return resolveCredentials({ provider: 'acme', schemes: [key], configured: [], ...source });
}
const shown = (source: Partial<CredentialSource>): string[] =>
  resolve(source).map((one) => `${one.id} ${one.scheme} ${one.type === 'api-key' ? one.key.reveal() : '-'}`);

t.test('what is configured comes first, in its order, each for its scheme', async (t) => {
  const configured = [
    { name: 'a', key: new Secret(' k1\n') },
    { name: 'b', key: new Secret('k2'), scheme: 'other' },
  ];
  const environment = { ACME_KEY: 'k3' };
  t.same(shown({ configured, environment, schemes: [open, key, other] }), ['a key k1', 'b other k2']);
});

t.test('else the first variable of the manifest that is set', async (t) => {
  t.same(shown({ environment: { ACME_KEY: ' ', ACME_API_KEY: 'k' } }), ['ACME_API_KEY key k']);
  t.same(shown({ environment: {} }), []);
});

t.test('without an environment no variable is read', async (t) => {
  process.env.ACME_KEY = 'k';
  t.teardown(() => delete process.env.ACME_KEY);
  t.same(shown({}), []);
});

t.test('a provider that asks for nothing needs nothing, and takes a key when there is one', async (t) => {
  t.same(shown({ schemes: [open, key], environment: {} }), ['none open -']);
  t.same(shown({ schemes: [open, key], environment: { ACME_KEY: 'k' } }), ['ACME_KEY key k']);
});

const aws = {
  id: 'sigv4',
  type: 'aws-sigv4',
  service: 's',
  region: 'r',
  env: { accessKeyId: 'ACME_ID', secretAccessKey: 'ACME_SECRET', sessionToken: 'ACME_TOKEN' },
} as unknown as AuthScheme;
const awsKeys = { accessKeyId: 'AKID', secretAccessKey: new Secret('s3cr3t') };

t.test('the keys of an AWS account are for the scheme that signs, a key is for the other', async (t) => {
  const configured = [
    { name: 'a', aws: awsKeys },
    { name: 'b', key: new Secret('k') },
  ];
  const [first, second] = resolve({ schemes: [key, aws], configured });
  t.match(first, { type: 'aws', id: 'a', scheme: 'sigv4', accessKeyId: 'AKID' });
  t.match(second, { type: 'api-key', id: 'b', scheme: 'key' });
});

t.test('AWS keys come from variables when both are there, after the schemes before them', async (t) => {
  const environment = { ACME_ID: 'AKID', ACME_SECRET: 's3cr3t', ACME_TOKEN: 'tok' };
  const [found] = resolve({ schemes: [key, aws], environment });
  t.match(found, { type: 'aws', id: 'ACME_ID', scheme: 'sigv4', accessKeyId: 'AKID' });
  t.same(found === undefined ? [] : secretsOf(found).map((secret) => secret.reveal()), ['s3cr3t', 'tok']);
  t.match(resolve({ schemes: [key, aws], environment: { ...environment, ACME_KEY: 'k' } }), [
    { id: 'ACME_KEY' },
  ]);
  t.same(resolve({ schemes: [aws], environment: { ACME_ID: 'AKID' } }), []);
  t.same(variablesOf([key, aws]), ['ACME_KEY', 'ACME_API_KEY', 'ACME_ID and ACME_SECRET']);
});

t.test('mistakes are told with their place', async (t) => {
  const one = (scheme?: string) => [
    { name: 'a', key: new Secret('k'), ...(scheme === undefined ? {} : { scheme }) },
  ];
  const cases: [source: Partial<CredentialSource>, message: RegExp][] = [
    [
      { configured: [{ name: 'a', key: new Secret('a b') }] },
      /^providers\.acme\.credentials\[0\]\.key .*space/,
    ],
    [{ environment: { ACME_KEY: 'a b' } }, /^environment variable ACME_KEY .*space/],
    [{ configured: one('nope') }, /credentials\[0\]\.scheme .*no auth scheme 'nope'; keys go with 'key'/],
    [{ configured: one(), schemes: [open] }, /credentials\[0\] .*takes no API key/],
    [{ configured: one('login'), schemes: [key, device] }, /oauth2-device/],
    [{ configured: one('open'), schemes: [key, open] }, /'open' takes no API key/],
    [{ configured: [{ name: 'a', aws: awsKeys }] }, /credentials\[0\] .*takes no AWS keys/],
    [
      { configured: [{ name: 'a', aws: awsKeys, scheme: 'key' }], schemes: [key, aws] },
      /credentials\[0\]\.scheme .*'key' takes no AWS keys; accessKeyId and secretAccessKey go with 'sigv4'/,
    ],
    [{ configured: one(), schemes: [aws] }, /credentials\[0\] .*takes no API key/],
    [{ environment: { ACME_ID: 'A B', ACME_SECRET: 's' }, schemes: [aws] }, /variable ACME_ID .*space/],
  ];
  for (const [source, message] of cases)
    t.throws(() => resolve(source), { code: 'GW_CONFIG_INVALID', message });
});
