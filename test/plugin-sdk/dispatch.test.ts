import {
  defineDialect,
  definePlugin,
  dispatch,
  type Json,
  type TranslateContext,
  TranslateError,
  type TranslateRequest,
  UpstreamFailure,
} from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { toyDialect } from './toy-dialect.ts';

const context: TranslateContext = testContext('toy');
const plugin = definePlugin({
  dialects: { toy: toyDialect },
  adapters: { acme: { adaptRequest: (input) => ({ output: { ...input, body: 'adapted' } }) } },
  locals: { here: { respond: () => ({ output: [], memo: null, warnings: [] }) } },
});

function call(target: TranslateRequest['target'], name: string, input: Json = null) {
  return dispatch(plugin, { abi: 1, target, function: name as TranslateRequest['function'], input, context });
}
function callOne(encodeResponse: (input: unknown) => unknown) {
  const broken = definePlugin({
    dialects: { toy: defineDialect({ encodeResponse: encodeResponse as never }) },
  });
  return dispatch(broken, {
    abi: 1,
    target: 'dialect:toy',
    function: 'encodeResponse',
    input: null,
    context,
  });
}

t.test('a call reaches dialects, adapters and local providers', async (t) => {
  const input = { path: {}, query: {}, headers: {}, body: { model: 'm', prompt: 'Hi' } };
  t.match(call('dialect:toy', 'decodeRequest', input), {
    ok: true,
    output: { messages: [{ parts: [{ text: 'Hi' }] }] },
  });
  t.same(call('provider:acme', 'adaptRequest', { body: null }), { ok: true, output: { body: 'adapted' } });
  t.same(call('provider:here', 'respond'), { ok: true, output: [], memo: null });
});

t.test('what a plugin does not have is unsupported, inherited names included', async (t) => {
  const none: [TranslateRequest['target'], string][] = [
    ['dialect:toy', 'encodeModels'],
    ['dialect:other', 'decodeRequest'],
    ['dialect:constructor', 'decodeRequest'],
    ['dialect:toy', 'constructor'],
    ['dialect:toy', 'normalise'],
    ['provider:toy', 'decodeRequest'],
    ['provider:acme', 'respond'],
    ['dialect:here', 'respond'],
  ];
  for (const [target, name] of none) {
    t.match(call(target, name), {
      ok: false,
      error: { code: 'unsupported', message: new RegExp(`'${name}'`) },
    });
  }
});

t.test('a TranslateError keeps its code and path, also from another copy of the SDK', async (t) => {
  t.same(call('dialect:toy', 'decodeRequest', { body: { prompt: 1 } }), {
    ok: false,
    error: { code: 'invalid-input', message: 'prompt must be text', path: '/prompt' },
  });
  const foreign = Object.assign(new Error('no'), { name: 'TranslateError', code: 'unsupported' });
  t.same(
    callOne(() => {
      throw foreign;
    }),
    { ok: false, error: { code: 'unsupported', message: 'no' } },
  );
  const upstream = { kind: 'quota' as const, message: 'no money' };
  t.same(
    callOne(() => {
      throw new UpstreamFailure(upstream);
    }),
    { ok: false, error: { code: 'upstream', message: 'no money', upstream } },
  );
  t.equal(new TranslateError('internal', 'm').path, undefined);
});

t.test('anything else thrown is internal', async (t) => {
  t.same(
    callOne(() => {
      throw new RangeError('deep');
    }),
    { ok: false, error: { code: 'internal', message: 'RangeError: deep' } },
  );
  t.same(
    callOne(() => {
      throw 'text';
    }),
    { ok: false, error: { code: 'internal', message: 'threw text' } },
  );
  const liar = Object.assign(new Error('no'), { name: 'TranslateError', code: 'made-up' });
  t.match(
    callOne(() => {
      throw liar;
    }),
    { error: { code: 'internal' } },
  );
});

t.test('a result of the wrong shape is internal and says which function gave it', async (t) => {
  for (const result of [undefined, null, 3, {}, { output: undefined }]) {
    t.match(
      callOne(() => result),
      { ok: false, error: { code: 'internal', message: /encodeResponse of dialect:toy must return/ } },
    );
  }
  t.match(
    callOne(() => Promise.resolve({ output: 1 })),
    { error: { message: /returned a promise/ } },
  );
});

t.test('warnings and memo are passed on, an empty list of warnings is not', async (t) => {
  const warnings = [{ code: 'dropped', path: '/seed', message: 'm' }];
  t.same(
    callOne(() => ({ output: 1, warnings, memo: { a: 1 } })),
    { ok: true, output: 1, warnings, memo: { a: 1 } },
  );
  t.same(
    callOne(() => ({ output: null, warnings: [] })),
    { ok: true, output: null },
  );
});
