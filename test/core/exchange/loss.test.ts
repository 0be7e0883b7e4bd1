import type { Warning } from '@dragoman/plugin-sdk';
import t from 'tap';
import { lossMode, refuseLoss, warningHeaders } from '../../../core/exchange/loss.ts';

const warning = (code: Warning['code'], path = '/seed', message = 'not carried'): Warning => ({
  code,
  path,
  message,
});

t.test('a client may only tighten what the operator set', async (t) => {
  t.equal(lossMode('warn', 'strict'), 'strict');
  t.equal(lossMode('strict', 'allow'), 'strict');
  t.equal(lossMode('allow', 'warn'), 'warn');
  t.throws(() => lossMode('warn', 'nonsense'), { code: 'GW_CLIENT_HTTP_INVALID', message: /'nonsense'/ });
  t.equal(lossMode('warn', undefined), 'warn');
});

t.test('strict refuses what is dropped or unsupported, and not what is approximated', async (t) => {
  t.throws(() => refuseLoss('strict', [warning('dropped')], 'p'), { code: 'GW_TRANSLATE_LOSS', status: 422 });
  t.throws(() => refuseLoss('strict', [warning('unsupported')], 'p'), { code: 'GW_TRANSLATE_LOSS' });
  t.doesNotThrow(() => refuseLoss('strict', [warning('approximated')], 'p'));
  t.doesNotThrow(() => refuseLoss('warn', [warning('dropped')], 'p'));
});

t.test(
  'the warnings header is ASCII JSON of whole entries, and the total says how many there were',
  async (t) => {
    t.same(warningHeaders([]), {});
    const headers = warningHeaders([warning('dropped', '/a', 'für €\u{1f600}')]);
    const text = headers['x-dragoman-warnings'] ?? '';
    t.match(text, /^[\x20-\x7e]+$/);
    t.same(JSON.parse(text), [{ code: 'dropped', path: '/a', message: 'für €\u{1f600}' }]);
    const many = warningHeaders(
      Array.from({ length: 500 }, (_, index) => warning('dropped', `/messages/${index}`)),
    );
    const shown = many['x-dragoman-warnings'] ?? '';
    t.ok(shown.length <= 4096);
    t.ok((JSON.parse(shown) as unknown[]).length > 20);
    t.equal(many['x-dragoman-warnings-total'], '500');
  },
);
