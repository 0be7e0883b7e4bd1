import { anthropicFrames, openaiFrames } from './answers.ts';

/** One call of a tool, its arguments in the pieces the model writes them in. */
export interface StreamedCall {
  id: string;
  name: string;
  pieces: string[];
}

/** An Anthropic stream of a text and these calls, one frame each; the pieces of a call are never joined. */
export function anthropicCalls(text: string, calls: readonly StreamedCall[]): string[] {
  const opening = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 1 },
  };
  const delta = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
  return anthropicFrames([
    { type: 'message_start', message: opening },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    delta(0, { type: 'text_delta', text }) as never,
    { type: 'content_block_stop', index: 0 },
    ...calls.flatMap(({ id, name, pieces }, order) => [
      {
        type: 'content_block_start',
        index: order + 1,
        content_block: { type: 'tool_use', id, name, input: {} },
      },
      ...pieces.map((piece) => delta(order + 1, { type: 'input_json_delta', partial_json: piece }) as never),
      { type: 'content_block_stop', index: order + 1 },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 30 },
    },
    { type: 'message_stop' },
  ]);
}

/** The same in OpenAI's chunks: the first of a call names it, the others continue its arguments. */
export function openaiCalls(text: string, calls: readonly StreamedCall[]): string[] {
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o',
    choices: [{ index: 0, delta: delta as never, logprobs: null, finish_reason: finish }],
  });
  return openaiFrames([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: text }),
    ...calls.flatMap(({ id, name, pieces }, index) => [
      chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...pieces.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
    chunk({}, 'tool_calls'),
  ]);
}
