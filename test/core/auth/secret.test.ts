import { inspect } from 'node:util';
import t from 'tap';
import { parseKey, Secret } from '../../../core/config/secret.ts';

t.test('only reveal() shows a secret', async (t) => {
  const secret = new Secret('sk-hidden');
  t.equal(secret.reveal(), 'sk-hidden');
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
    JSON.stringify(Object.entries(secret)),
    inspect(structuredClone({ ...secret })),
  ];
  for (const text of shown) t.notMatch(text, 'hidden');
  t.match(shown[2], '[secret]');
});

t.test('spaces and line ends around a key are dropped', async (t) => {
  t.equal(parseKey(' sk-abc_123.~\r\n', 'here').reveal(), 'sk-abc_123.~');
});

t.test('a key that cannot be one is refused with its place and without its value', async (t) => {
  const cases: [key: string, message: RegExp][] = [
    ['  ', /is empty/],
    ['Bearer sk-hidden', /without the word "Bearer"/],
    ['"sk-hidden"', /without quotes around it/],
    ['sk-hidden sk-hidden', /space/],
    ['sk-hidden\nsk-hidden', /space or a line end/],
    ['sk-hidden\u201d', /not printable ASCII/],
    ['sk-hidden\u0000', /not printable ASCII/],
  ];
  for (const [key, message] of cases) {
    t.throws(() => parseKey(key, 'providers.acme.credentials[0].key'), {
      code: 'GW_CONFIG_INVALID',
      message: new RegExp(`^providers\\.acme\\.credentials\\[0\\]\\.key .*${message.source}((?!hidden).)*$`),
    });
  }
});
