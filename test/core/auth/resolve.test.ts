import t from 'tap';
import type { AuthScheme } from '../../../core/auth/driver.ts';
import { Secret } from '../../../core/config/secret.ts';
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
  ];
  for (const [source, message] of cases)
    t.throws(() => resolve(source), { code: 'GW_CONFIG_INVALID', message });
});
