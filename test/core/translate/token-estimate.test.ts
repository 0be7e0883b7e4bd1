import type { CanonicalRequest, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import t from 'tap';
import { type Collected, collectTokens } from '../../../core/translate/tokens/collect.ts';
import count from '../../../core/translate/tokens/thread.ts';
import plugin from '../../../plugins/openai/src/index.ts';
import { recordings, skipWithoutCorpus } from '../../helpers/corpus.ts';

const countOf = (collected: Collected): number => count(Buffer.from(JSON.stringify(collected)));
const context: TranslateContext = {
  requestId: 'r',
  now: 0,
  operation: 'count-tokens',
  model: { id: 'm', input: [], output: [], features: [] },
  config: {},
  provider: { id: 'p', family: 'p', dialect: '', options: {} },
  client: { dialect: 'openai-chat' },
};

function decode(body: JsonObject): CanonicalRequest {
  const dialect = plugin.dialects?.['openai-chat'];
  if (dialect?.decodeRequest === undefined) throw new Error('the dialect is gone');
  return dialect.decodeRequest({ path: {}, query: {}, headers: {}, body }, context).output;
}

t.test('texts cost what OpenAI said they cost', { skip: skipWithoutCorpus }, async (t) => {
  const filter = { provider: 'openai', stream: false, status: 200, request: true, whole: true };
  const ratios: number[] = [];
  for (const { request: sent, response } of recordings('openai-chat', filter)) {
    const request = decode(sent?.body ?? {});
    const isText = request.messages.every(({ parts }) => parts.every(({ type }) => type === 'text'));
    if (request.tools !== undefined || !isText) continue;
    const usage = (response.body as JsonObject).usage as JsonObject | undefined;
    if (typeof usage?.prompt_tokens !== 'number') continue;
    ratios.push(countOf(collectTokens(request)) / usage.prompt_tokens);
  }
  ratios.sort((left, right) => left - right);
  t.ok(ratios.length > 5, `${ratios.length} recordings`);
  t.equal(ratios[ratios.length >> 1], 1, 'in the median exactly');
  t.ok((ratios[0] ?? 0) > 0.7 && (ratios.at(-1) ?? 9) < 1.3, `from ${ratios[0]} to ${ratios.at(-1)}`);
});

t.test('what no dialect shows has no place to hide', async (t) => {
  const one = (part: CanonicalRequest['messages'][number]['parts'][number]): Collected =>
    collectTokens({ model: 'm', stream: false, messages: [{ role: 'user', name: 'ann', parts: [part] }] });
  t.same(one({ type: 'refusal', text: 'No' }), { texts: ['ann', 'No'], tokens: 7 });
  t.same(one({ type: 'json', value: { a: 1 } }).texts, ['ann', '{"a":1}']);
  const value = { type: 'x', list: ['a', { deep: 'b' }], n: 1, none: null };
  t.same(one({ type: 'opaque', dialect: 'x', value }).texts, ['ann', 'x', 'a', 'b']);
  const media = (mediaType: string, data: Buffer): number =>
    one({ type: 'media', mediaType, source: { type: 'base64', data: data.toString('base64') } }).tokens - 7;
  t.equal(media('audio/mpeg', Buffer.alloc(32_000)), 2 * 32);
  t.equal(media('video/mp4', Buffer.alloc(250_000)), 2 * 263);
  t.equal(media('application/pdf', Buffer.alloc(250_000)), 3 * 2250, 'pages by size, where none can be seen');
  t.equal(media('image/png', Buffer.from('not a picture')), 1590);
  const text = { type: 'media', mediaType: 'text/plain', source: { type: 'text', text: 'Hi' } } as const;
  t.same(one(text).texts, ['ann', 'Hi']);
  const schema = { type: 'object' };
  const output = { format: 'json' as const, schema };
  t.same(collectTokens({ model: 'm', stream: false, messages: [], output }).texts, ['{"type":"object"}']);
});

t.test('marks of the encoding are text, and long words cost no more time than short ones', async (t) => {
  t.ok(countOf({ texts: ['<|endoftext|>'], tokens: 0 }) > 3);
  const began = performance.now();
  countOf({ texts: ['x'.repeat(200_000), '\n'.repeat(200_000), '漢'.repeat(100_000)], tokens: 0 });
  t.ok(performance.now() - began < 5_000);
});
