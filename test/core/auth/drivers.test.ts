import t from 'tap';
import type { Credential } from '../../../core/auth/credential.ts';
import type { AuthScheme } from '../../../core/auth/driver.ts';
import { prepareHeaders, usableSchemes } from '../../../core/auth/drivers.ts';
import { Secret } from '../../../core/config/secret.ts';

const credential: Credential = {
  type: 'api-key',
  id: 'main',
  provider: 'acme',
  scheme: 'key',
  key: new Secret('sk-1'),
};
const keyScheme = (place: object): AuthScheme => ({ id: 'key', type: 'api-key', place }) as AuthScheme;
const device = { id: 'login', type: 'oauth2-device' } as unknown as AuthScheme;

t.test('an API key goes where the manifest says', async (t) => {
  t.same(prepareHeaders(keyScheme({ in: 'header', name: 'Authorization', prefix: 'Bearer ' }), credential), {
    headers: { authorization: 'Bearer sk-1' },
    query: {},
  });
  t.same(prepareHeaders(keyScheme({ in: 'header', name: 'x-api-key' }), credential), {
    headers: { 'x-api-key': 'sk-1' },
    query: {},
  });
  t.same(prepareHeaders(keyScheme({ in: 'query', name: 'key' }), credential), {
    headers: {},
    query: { key: 'sk-1' },
  });
});

t.test('no authentication adds nothing', async (t) => {
  const open: Credential = { type: 'none', id: 'none', provider: 'acme', scheme: 'open' };
  t.same(prepareHeaders({ id: 'open', type: 'none' } as AuthScheme, open), { headers: {}, query: {} });
});

t.test('a key scheme without a key is a missing credential', async (t) => {
  const open: Credential = { type: 'none', id: 'none', provider: 'acme', scheme: 'open' };
  t.throws(() => prepareHeaders(keyScheme({ in: 'query', name: 'key' }), open), {
    code: 'GW_CREDENTIAL_MISSING',
  });
});

t.test('a provider needs one scheme this gateway has; the others are left out', async (t) => {
  const key = keyScheme({ in: 'query', name: 'key' });
  t.same(usableSchemes('acme-plugin', 'acme', [device, key]), [key]);
  t.throws(() => usableSchemes('acme-plugin', 'acme', [device]), {
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /'acme-plugin'.*'acme'.*'login' \(oauth2-device\)/,
  });
  t.throws(() => prepareHeaders(device, credential), {
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /oauth2-device/,
  });
});
