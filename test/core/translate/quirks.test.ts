import t from 'tap';
import { applyEdits } from '../../../core/translate/quirks.ts';

t.test('edits run in the order rename, drop, defaults, clamp', async (t) => {
  const body = { max_tokens: 9, logit_bias: {}, temperature: 3 };
  const warnings = applyEdits(body, {
    rename: { max_tokens: 'max_completion_tokens' },
    drop: ['logit_bias'],
    defaults: { n: 5 },
    clamp: { temperature: [0, 1], n: [1, 1] },
  });
  t.same(body, { max_completion_tokens: 9, temperature: 1, n: 1 });
  t.same(
    warnings.map(({ code, path }) => `${code} ${path}`),
    ['dropped /logit_bias', 'approximated /temperature', 'approximated /n'],
  );
});

t.test("the provider's own name wins over a renamed field", async (t) => {
  const body = { max_tokens: 1, max_completion_tokens: 2 };
  applyEdits(body, { rename: { max_tokens: 'max_completion_tokens' } });
  t.same(body, { max_completion_tokens: 2 });
});

t.test('a body that is no object is left alone', async (t) => {
  t.same(applyEdits('text', { drop: ['a'] }), []);
  t.same(applyEdits([1], { defaults: { a: 1 } }), []);
});
