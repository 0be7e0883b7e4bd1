import type { EmbedRequest, EmbedResponse } from '@dragoman/plugin-sdk';
import t from 'tap';
import * as outputs from '../../../core/generated/validate-outputs.js';
import offline from '../../../plugins/offline/src/index.ts';
import { ask, offlineContext } from './context.ts';

const { count, embed } = offline.locals.offline;
const run = (input: EmbedRequest['input'], dimensions?: number): EmbedResponse =>
  embed({ model: 'embed', input, ...(dimensions !== undefined && { dimensions }) }, offlineContext('embed'))
    .output;
const vector = (text: string): number[] => run([text]).vectors[0] ?? [];
const dot = (first: number[], second: number[]): number =>
  first.reduce((sum, value, index) => sum + value * (second[index] ?? 0), 0);

t.test('vectors have length one and the dimensions asked for', async (t) => {
  for (const dimensions of [1, 2, 256, 1536, 3072]) {
    const made = run(['hello world'], dimensions).vectors[0] ?? [];
    t.equal(made.length, dimensions);
    t.ok(Math.abs(dot(made, made) - 1) < 1e-9);
  }
  t.equal(vector('hello').length, 256);
});

t.test('the same text gives the same vector, another text another', async (t) => {
  t.same(vector('hello world'), vector('hello world'));
  t.not(JSON.stringify(vector('hello world')), JSON.stringify(vector('world hello')));
});

t.test('texts that share words are nearer than texts that share none', async (t) => {
  const near = dot(vector('the cat sat on the mat'), vector('a cat sat on a mat'));
  const far = dot(vector('the cat sat on the mat'), vector('quarterly revenue exceeded forecasts'));
  t.ok(near > far + 0.3, `${near} > ${far}`);
});

t.test('empty text, signs and token ids have unit vectors too', async (t) => {
  for (const made of run(['', '?!', [1, 2, 3], '日本語']).vectors) t.ok(Math.abs(dot(made, made) - 1) < 1e-9);
});

t.test('usage counts text by characters and token ids one by one', async (t) => {
  t.same(run(['12345678', [5, 6, 7]]).usage, { inputTokens: 5 });
});

t.test('wild dimensions, too many inputs, media and other models are refused', async (t) => {
  for (const dimensions of [0, 1.5, 3073]) {
    t.throws(() => run(['x'], dimensions), { code: 'invalid-input', path: '/dimensions' });
  }
  t.throws(() => run(new Array<string>(2049).fill('x')), { code: 'invalid-input', path: '/input' });
  const image = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: '' } } as const;
  t.throws(() => run(['x', image]), { code: 'unsupported', path: '/input/1' });
  t.throws(() => embed({ model: 'chat', input: [] }, offlineContext('chat')), {
    code: 'invalid-input',
    path: '/model',
  });
});

t.test('replies are what the schema of the hub says', async (t) => {
  t.ok(outputs.embed(run(['a', [1]])));
  t.ok(outputs.count(count(ask('12345678')).output));
});

t.test('counting says that it estimates', async (t) => {
  t.same(count(ask('12345678')).output, { inputTokens: 6, estimated: true });
});
