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
  [
    'a request without messages',
    'decodeRequest',
    { model: 'm', stream: false },
    "must have required property 'messages'",
  ],
  [
    'a part without a type',
    'decodeRequest',
    { ...request, messages: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    'at /messages/0/parts/0 ',
  ],
  ['a reply whose parts are text', 'decodeResponse', { ...response, parts: 'hi' }, 'at /parts must be array'],
  [
    'a header that is a number',
    'encodeRequest',
    { body: {}, headers: { a: 1 } },
    'at /headers/a must be string',
  ],
  ['stream output that is a list', 'encodeStream', [], 'must be object'],
  [
    'an event with a field of its own',
    'decodeStream',
    { state: null, items: [{ type: 'part-end', index: 0, colour: 'red' }] },
    "at /items/0 must NOT have additional properties ('colour')",
  ],
  [
    'an unknown finish reason',
    'decodeResponse',
    { ...response, finish: { reason: 'tired' } },
    'at /finish/reason must be equal to one of the allowed values (stop,',
  ],
  ['a function in a body', 'encodeRequest', { body: { a: [() => 1] } }, 'at /body/a/0 has a function'],
  ['a number that is none', 'encodeResponse', { a: Number.NaN }, 'at /a has the number NaN'],
  ['a body that contains itself', 'encodeRequest', { body: cyclic }, 'contains itself'],
  ['a big integer', 'encodeResponse', { a: 1n }, 'at /a has a bigint'],
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
