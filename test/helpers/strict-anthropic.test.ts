import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { recordings, skipWithoutCorpus } from './corpus.ts';
import { recordedSignatures } from './signatures.ts';
import { checkAnthropicBody } from './strict-anthropic.ts';

const user = { role: 'user', content: 'hi' };
const use = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
const calling = { role: 'assistant', content: [use] };
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' };
const answering = { role: 'user', content: [result] };
const tool = { name: 'f', input_schema: { type: 'object' } };
const thought = { type: 'thinking', thinking: 'x', signature: 'ours' };
const thinking = { type: 'enabled', budget_tokens: 1024 };

function refusal(body: JsonObject, beta = false): string | null {
  const whole: JsonObject = { model: 'claude-sonnet-4-5', max_tokens: 2048, messages: [user], ...body };
  const found = checkAnthropicBody(whole, { signatures: new Set(['ours']), beta });
  return found === null ? null : JSON.stringify(found.body);
}

const accepted: [name: string, body: JsonObject][] = [
  ['a plain request', {}],
  [
    'everything usual',
    { system: 'be brief', temperature: 1, stop_sequences: ['a'], metadata: { user_id: 'u' } },
  ],
  ['a round of tools', { messages: [user, calling, answering], tools: [tool] }],
  [
    'results spread over neighbouring user messages',
    { messages: [user, calling, answering, user], tools: [tool] },
  ],
  ['neighbours of one role', { messages: [user, user, { role: 'assistant', content: 'x' }, user] }],
  [
    'its own signature',
    { thinking, messages: [user, { role: 'assistant', content: [thought, use] }, answering] },
  ],
  [
    'four cache breakpoints',
    {
      system: [1, 2, 3, 4].map((n) => ({ type: 'text', text: `${n}`, cache_control: { type: 'ephemeral' } })),
    },
  ],
  [
    'a system turn of a model that has them',
    { model: 'claude-opus-4-8', messages: [user, { role: 'system', content: 'x' }] },
  ],
];
for (const [name, body] of accepted) t.test(`accepts ${name}`, async (t) => t.equal(refusal(body), null));

const content = (...blocks: JsonObject[]): JsonObject => ({ messages: [{ role: 'user', content: blocks }] });
const breakpoint = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
const refused: [name: string, body: JsonObject, says: string][] = [
  ['no max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
  ['an unknown field', { seed: 1 }, 'seed: Extra inputs are not permitted'],
  ['a field of a beta', { context_management: {} }, 'context_management: Extra inputs'],
  [
    'an unknown field of a block',
    content({ type: 'text', text: 'x', id: 'y' }),
    'messages.0.content.0.text.id',
  ],
  ['an unknown field of a message', { messages: [{ ...user, name: 'x' }] }, 'messages.0.name'],
  ['no messages', { messages: [] }, 'at least one message'],
  ['an assistant first', { messages: [{ role: 'assistant', content: 'x' }, user] }, 'first message must use'],
  ['a tool role', { messages: [user, { role: 'tool', content: 'x' }] }, 'messages.1.role'],
  [
    'a system turn of an older model',
    { messages: [user, { role: 'system', content: 'x' }] },
    'messages.1.role',
  ],
  [
    'a call without its result',
    { messages: [user, calling, user] },
    'without `tool_result` blocks immediately after: toolu_1',
  ],
  [
    'text before the result',
    { messages: [user, calling, { role: 'user', content: [{ type: 'text', text: 'x' }, result] }] },
    'immediately after',
  ],
  ['a result without its call', { messages: [user, answering] }, 'unexpected `tool_use_id`'],
  [
    'a result that comes too late',
    { messages: [user, calling, answering, { role: 'assistant', content: 'x' }, answering] },
    'unexpected `tool_use_id`',
  ],
  [
    'two results of one call',
    { messages: [user, calling, { role: 'user', content: [result, result] }] },
    'single result',
  ],
  [
    'a call id with a dot',
    { messages: [user, { role: 'assistant', content: [{ ...use, id: 'a.b' }] }] },
    'tool_use.id',
  ],
  [
    'input that is text',
    { messages: [user, { role: 'assistant', content: [{ ...use, input: '{}' }] }] },
    'valid dictionary',
  ],
  ['empty text', content({ type: 'text', text: '' }), 'must be non-empty'],
  ['blank text', content({ type: 'text', text: ' \n' }), 'non-whitespace'],
  ['an empty message', { messages: [{ role: 'user', content: '' }] }, 'non-empty content'],
  ['an empty system prompt', { system: [{ type: 'text', text: '' }] }, 'system: text content'],
  [
    'a foreign signature',
    { messages: [user, { role: 'assistant', content: [{ ...thought, signature: 'theirs' }] }, user] },
    'Invalid `signature`',
  ],
  [
    'an image URL in OpenAI form',
    content({ type: 'image_url', image_url: { url: 'https://x' } }),
    'image_url',
  ],
  [
    'an image of an unknown kind',
    content({ type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'AA==' } }),
    'media_type',
  ],
  ['five cache breakpoints', content(breakpoint, breakpoint, breakpoint, breakpoint, breakpoint), 'Found 5'],
  ['a tool in OpenAI form', { tools: [{ type: 'function', function: { name: 'f' } }] }, "tag 'function'"],
  ['a tool without a schema', { tools: [{ name: 'f' }] }, 'input_schema: Field required'],
  ['two tools of one name', { tools: [tool, tool] }, 'unique'],
  ['a choice without tools', { tool_choice: { type: 'auto' } }, 'while providing tools'],
  ['a choice of an unknown tool', { tools: [tool], tool_choice: { type: 'tool', name: 'g' } }, 'not found'],
  [
    'a budget above max_tokens',
    { thinking: { type: 'enabled', budget_tokens: 4096 } },
    'must be greater than',
  ],
  ['a budget that is too small', { thinking: { type: 'enabled', budget_tokens: 10 } }, '1024'],
  ['thinking and a temperature', { thinking, temperature: 0.5 }, 'may only be set to 1'],
  [
    'thinking and a forced tool',
    { thinking, tools: [tool], tool_choice: { type: 'any' } },
    'forces tool use',
  ],
  [
    'thinking without the thought of the call',
    { thinking, messages: [user, calling, answering] },
    'Expected `thinking`',
  ],
  ['a temperature above 1', { temperature: 1.5 }, 'temperature: range'],
  ['temperature with top_p', { temperature: 0.5, top_p: 0.5 }, 'cannot both be specified'],
  ['sampling of a newer model', { model: 'claude-opus-4-7', temperature: 0.5 }, 'deprecated for this model'],
  [
    'a prefill of a newer model',
    { model: 'claude-opus-4-6', messages: [user, { role: 'assistant', content: 'x' }] },
    'prefill',
  ],
  [
    'a prefill that ends in a space',
    { messages: [user, { role: 'assistant', content: 'x ' }] },
    'trailing whitespace',
  ],
  ['a blank stop sequence', { stop_sequences: ['\n'] }, 'non-whitespace'],
];
for (const [name, body, says] of refused) {
  t.test(`refuses ${name}`, async (t) => t.match(refusal(body), says));
}

t.test('a beta opens what is refused without', async (t) => {
  t.equal(refusal({ context_management: {} }, true), null);
});

t.test('judges recorded requests as the service did', { skip: skipWithoutCorpus }, async (t) => {
  const signatures = new Set(recordedSignatures());
  for (const { name, request, response } of recordings('anthropic', { request: true })) {
    // That no such model exists is nothing a request's shape tells.
    const expected = response.status === 404 ? 200 : response.status;
    const found = checkAnthropicBody(request?.body ?? {}, { signatures, beta: true });
    t.equal(found?.status ?? 200, expected, `${name} ${JSON.stringify(found)}`);
  }
});
