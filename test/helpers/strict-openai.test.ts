import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { recordings, skipWithoutCorpus } from './corpus.ts';
import { checkOpenaiBody } from './strict-openai.ts';

const user = { role: 'user', content: 'hi' };
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const calling = { role: 'assistant', content: null, tool_calls: [call] };
const result = { role: 'tool', tool_call_id: 'call_1', content: 'ok' };
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

function refusal(body: JsonObject): string | null {
  const found = checkOpenaiBody({ model: 'gpt-4o', messages: [user], ...body });
  return found === null ? null : JSON.stringify(found.body);
}

const accepted: [name: string, body: JsonObject][] = [
  ['a plain request', {}],
  ['everything usual', { temperature: 0.5, top_p: 1, n: 2, stop: ['a'], max_tokens: 5, user: 'u', seed: 1 }],
  ['usage of a stream', { stream: true, stream_options: { include_usage: true } }],
  ['a round of tools', { messages: [user, calling, result, user], tools: [tool], tool_choice: 'auto' }],
  [
    'a message as the SDK hands it out',
    { messages: [user, { role: 'assistant', content: 'x', refusal: null, annotations: [] }] },
  ],
  ['a reasoning model', { model: 'o3', reasoning_effort: 'low', max_completion_tokens: 9 }],
];
for (const [name, body] of accepted) t.test(`accepts ${name}`, async (t) => t.equal(refusal(body), null));

const text = (part: JsonObject): JsonObject => ({ messages: [{ role: 'user', content: [part] }] });
const refused: [name: string, body: JsonObject, says: string][] = [
  ['an unknown field', { top_k: 5 }, "Unknown parameter: 'top_k'"],
  [
    'cache_control in a part',
    text({ type: 'text', text: 'x', cache_control: {} }),
    'messages[0].content[0].cache_control',
  ],
  ['reasoning_content', { messages: [{ ...user, reasoning_content: 'x' }] }, 'reasoning_content'],
  ['no messages', { messages: [] }, 'empty_array'],
  ['an unknown role', { messages: [{ role: 'model', content: 'x' }] }, "Invalid value: 'model'"],
  ['a result without its call', { messages: [user, result] }, "role 'tool' must be a response"],
  [
    'a result of another call',
    { messages: [user, calling, { ...result, tool_call_id: 'x' }] },
    'not found in',
  ],
  [
    'a call without its result',
    { messages: [user, calling, user] },
    'did not have response messages: call_1',
  ],
  ['a call at the very end', { messages: [user, calling] }, 'did not have response messages'],
  [
    'a call id that is too long',
    { messages: [user, { ...calling, tool_calls: [{ ...call, id: 'x'.repeat(41) }] }] },
    'string too long',
  ],
  [
    'arguments that are not text',
    { messages: [user, { ...calling, tool_calls: [{ ...call, function: { name: 'f', arguments: {} } }] }] },
    'arguments (a string)',
  ],
  ['null content of a user', { messages: [{ role: 'user', content: null }] }, 'expected a string, got null'],
  [
    'an image in a tool result',
    {
      messages: [
        user,
        calling,
        { ...result, content: [{ type: 'image_url', image_url: { url: 'https://x/y' } }] },
      ],
    },
    'tool message',
  ],
  ['an image that is no URL', text({ type: 'image_url', image_url: { url: 'iVBOR' } }), 'not a URL'],
  [
    'a tool without an object schema',
    { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] },
    'JSON Schema of',
  ],
  [
    'a tool name with a dot',
    { tools: [{ type: 'function', function: { name: 'a.b' } }] },
    'does not match pattern',
  ],
  [
    'an open strict schema',
    {
      tools: [
        {
          type: 'function',
          function: { name: 'f', strict: true, parameters: { type: 'object', properties: {} } },
        },
      ],
    },
    'additionalProperties',
  ],
  ['a choice without tools', { tool_choice: 'auto' }, 'only allowed when'],
  [
    'a choice of an unknown tool',
    { tools: [tool], tool_choice: { type: 'function', function: { name: 'g' } } },
    'not found',
  ],
  ['stream_options without stream', { stream_options: { include_usage: true } }, 'stream_options'],
  ['a temperature out of range', { temperature: 2.5 }, 'above maximum'],
  ['five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  ['max_tokens of a reasoning model', { model: 'gpt-5', max_tokens: 5 }, 'max_completion_tokens'],
  ['the temperature of a reasoning model', { model: 'o3', temperature: 0.2 }, 'unsupported_value'],
  ['the effort of another model', { reasoning_effort: 'low' }, 'Unrecognized request argument'],
  [
    'a schema without a name',
    { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    'json_schema.name',
  ],
  ['JSON nobody asked for', { response_format: { type: 'json_object' } }, "the word 'json'"],
];
for (const [name, body, says] of refused) {
  t.test(`refuses ${name}`, async (t) => t.match(refusal(body), says));
}

t.test('judges recorded requests as the service did', { skip: skipWithoutCorpus }, async (t) => {
  for (const { name, request, response } of recordings('openai-chat', {
    provider: 'openai',
    request: true,
  })) {
    const found = checkOpenaiBody(request?.body ?? {});
    t.equal(found?.status ?? 200, response.status, `${name} ${JSON.stringify(found)}`);
  }
});
