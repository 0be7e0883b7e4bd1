import type { JsonObject } from '@dragoman/plugin-sdk';

const read = {
  type: 'function',
  function: {
    name: 'read',
    description: 'Reads a file',
    parameters: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { path: { type: 'string' }, mode: { enum: ['text', 'hex'] } },
      required: ['path'],
      additionalProperties: false,
    },
  },
};
const call = { id: 'call_abc', type: 'function', function: { name: 'read', arguments: '{"path":"a.txt"}' } };

/** Qwen Code 0.24: content as lists of parts, also in tool messages; `metadata` for its own service. */
export function qwenCodeRequest(model: string): JsonObject {
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    top_p: 1,
    max_tokens: 8000,
    tools: [read],
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'You are Qwen Code.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Read it' }] },
      { role: 'assistant', content: '', tool_calls: [call] },
      {
        role: 'tool',
        tool_call_id: 'call_abc',
        content: [
          { type: 'text', text: 'File does' },
          { type: 'text', text: 'not exist.' },
        ],
      },
    ],
  };
}

/** opencode 1.18 over @ai-sdk/openai-compatible with a model it takes for a Claude: breakpoints in chat messages. */
export function opencodeRequest(model: string): JsonObject {
  const breakpoint = { cache_control: { type: 'ephemeral' } };
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 8000,
    tools: [read],
    tool_choice: 'auto',
    messages: [
      { role: 'system', content: 'You are opencode.', ...breakpoint },
      { role: 'system', content: 'Here is the environment.', ...breakpoint },
      { role: 'user', content: [{ type: 'text', text: 'Read it', ...breakpoint }] },
      { role: 'assistant', content: 'I will.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_abc', content: 'File does not exist.', ...breakpoint },
    ],
  };
}

/** LangChain 1.6: fields that say nothing, and the message of the service echoed with all it had. */
export function langchainRequest(model: string): JsonObject {
  return {
    model,
    stream: true,
    n: 1,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Read it', name: 'lang' },
      { role: 'assistant', content: '', tool_calls: [call], refusal: null, annotations: [] },
      { role: 'tool', tool_call_id: 'call_abc', content: 'File does not exist.' },
    ],
    tools: [read],
  };
}
