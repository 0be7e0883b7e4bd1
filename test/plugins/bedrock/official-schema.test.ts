import type { Dialect, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { checkConverse } from '../../helpers/strict-bedrock.ts';
import { createConverseCheck } from './official-schema.ts';
import { readBack } from './read-back.ts';
import { bedrock, claude, contextFor, modelOf, nova, recorded } from './run.ts';

const models = [
  claude,
  'us.anthropic.claude-opus-4-7',
  'anthropic.claude-3-haiku-20240307-v1:0',
  nova,
  'us.mistral.pixtral-large-2502-v1:0',
  'openai.gpt-oss-120b-1:0',
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc',
];

t.test('the check can say no', { skip: skipWithoutCorpus }, (t) => {
  const check = createConverseCheck();
  const messages = [{ role: 'user', content: [{ text: 'a' }] }];
  t.strictSame(check({ messages }), []);
  for (const wrong of [
    { messages: [{ role: 'system', content: [] }] },
    { messages: [{ role: 'user', content: [{ txt: 'a' }] }] },
    { messages: [{ role: 'user', content: [{ text: 'a', image: {} }] }] },
    { messages, inferenceConfig: { temperature: 2 } },
    { messages, toolConfig: { tools: [] } },
    { messages, max_tokens: 1 },
  ])
    t.not(check(wrong as unknown as JsonObject).length, 0, JSON.stringify(wrong));
  t.end();
});

for (const [folder, dialect] of [
  ['openai-chat', openai.dialects['openai-chat']],
  ['anthropic', anthropic.dialects['anthropic-messages']],
] as [string, Dialect][]) {
  t.test(
    `requests made from ${folder} are valid, for every kind of model`,
    { skip: skipWithoutCorpus },
    (t) => {
      const check = createConverseCheck();
      const requests = exchanges(folder).filter(({ request }) => request !== undefined);
      t.ok(requests.length > 50);
      for (const model of models) {
        const context = contextFor(model);
        const complaints = requests.flatMap(({ name, request }) => {
          const decoded = request && dialect.decodeRequest?.(request, context).output;
          if (decoded === undefined) return [`${name}: it cannot be read`];
          const body = JSON.parse(JSON.stringify(bedrock.encodeRequest(decoded, context).output.body));
          const refusal = checkConverse(body);
          const faults = [...check(body), ...(refusal === null ? [] : [refusal])];
          return faults.length === 0 ? [] : [`${name}: ${faults.slice(0, 3).join('; ')}`];
        });
        t.strictSame(complaints.slice(0, 5), [], model);
      }
      t.end();
    },
  );
}

t.test(
  'what recorded requests ask for is asked for again in the same words',
  { skip: skipWithoutCorpus },
  (t) => {
    const check = createConverseCheck();
    let count = 0;
    for (const recording of recorded()) {
      const { request, response, name } = recording;
      // A system tool has no word in the hub, and a refused request is no example.
      if (
        request === null ||
        response.status !== 200 ||
        /systemTool|server_tool_use/.test(JSON.stringify(request.body))
      )
        continue;
      count++;
      const context = contextFor(modelOf(recording));
      const asked = withoutStandIns(request.body);
      const wire = { path: {}, query: {}, headers: {}, body: asked };
      const { output } = bedrock.encodeRequest(readBack(wire, context).output, context);
      const body = JSON.parse(JSON.stringify(output.body)) as JsonObject;
      t.strictSame(check(body), [], name);
      t.strictSame(comparable(body), comparable(asked), name);
    }
    t.ok(count > 80);
    t.end();
  },
);

/** Images of the recordings were replaced by a PNG, whatever they are said to be; bytes that tell nothing stand for it. */
function withoutStandIns(body: JsonObject): JsonObject {
  const text = JSON.stringify(body).replaceAll(/"bytes":"iVBORw0KGgo[^"]*"/g, '"bytes":"AAAA"');
  return JSON.parse(text) as JsonObject;
}

/** What our own encoder leaves out because it says nothing, and what the reader of the test does not keep. */
function comparable(body: JsonObject): unknown {
  const copy = JSON.parse(JSON.stringify(body), (key, value) => {
    if (key === 'status' && value === 'success') return undefined;
    if (key === 'ttl') return undefined;
    return value;
  }) as JsonObject;
  if (Array.isArray(copy.system) && copy.system.length === 0) delete copy.system;
  if (JSON.stringify(copy.inferenceConfig) === '{}') delete copy.inferenceConfig;
  const { additionalModelRequestFields: _, outputConfig: __, performanceConfig: ___, ...rest } = copy;
  return rest;
}
