import type { Json, TranslateFunction } from '@dragoman/plugin-sdk';
import t from 'tap';
import { checkOutput } from '../../../core/translate/check-output.ts';
import type { TranslateStep } from '../../../core/translate/runner.ts';

function step(name: TranslateFunction): TranslateStep {
  return {
    type: 'translate',
    module: {
      id: 'odd@1',
      plugin: 'odd',
      file: '/nowhere.js',
      format: 'esm',
      tier: 'worker',
      limits: { memoryMb: 64, timeoutMs: 1000, maxInputKb: 1, maxOutputKb: 1, maxStateKb: 1 },
      checked: true,
    },
    target: 'dialect:odd',
    function: name,
    config: {},
  };
}
const cyclic: Record<string, unknown> = { a: {} };
cyclic.b = cyclic;
const request = {
  model: 'm',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  stream: true,
};
const response = { id: 'r', model: 'm', parts: [], finish: { reason: 'stop' }, usage: {} };

const good: [TranslateFunction, unknown][] = [
  ['decodeRequest', request],
  ['decodeResponse', response],
  ['encodeRequest', { body: { any: [1, null, 'x'] }, headers: { 'x-a': '1' } }],
  ['encodeResponse', null],
  ['decodeStream', { state: null, items: [{ type: 'response-start', id: 'r', model: 'm' }] }],
  ['encodeStream', { state: {}, items: [{ data: '[DONE]' }] }],
  ['embed', { model: 'm', vectors: [[0.5]], usage: {} }],
];
for (const [name, output] of good) {
  t.test(`${name}: its proper output passes`, (t) => {
    t.doesNotThrow(() => checkOutput(step(name), output as Json));
    t.end();
  });
}

const bad: [string, TranslateFunction, unknown, string][] = [
  ['nothing', 'encodeResponse', undefined, 'is missing'],
  ['a request without messages', 'decodeRequest', { model: 'm', stream: false }, 'at /messages'],
  [
    'a part without a type',
    'decodeRequest',
    { ...request, messages: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    'is not a string at /messages/0/parts/0/type',
  ],
  [
    'a reply whose parts are text',
    'decodeResponse',
    { ...response, parts: 'hi' },
    'is not an array at /parts',
  ],
  ['a header that is a number', 'encodeRequest', { body: {}, headers: { a: 1 } }, 'at /headers/a'],
  ['stream output that is a list', 'encodeStream', [], 'is not an object'],
  ['a function in a body', 'encodeRequest', { body: { a: [() => 1] } }, 'has a function at /body/a/0'],
  ['a number that is none', 'encodeResponse', { a: Number.NaN }, 'has the number NaN at /a'],
  ['a body that contains itself', 'encodeRequest', { body: cyclic }, 'contains itself'],
  ['a big integer', 'encodeResponse', { a: 1n }, 'has a bigint at /a'],
];
for (const [what, name, output, reason] of bad) {
  t.test(`${name}: ${what} is reported with plugin, function and path`, (t) => {
    t.throws(() => checkOutput(step(name), output as Json), {
      code: 'GW_TRANSLATE_FAILED',
      details: { plugin: 'odd', function: name },
    });
    try {
      checkOutput(step(name), output as Json);
    } catch (error) {
      t.ok((error as Error).message.includes(reason), (error as Error).message);
    }
    t.end();
  });
}
