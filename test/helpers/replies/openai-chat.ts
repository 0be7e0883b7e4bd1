import type { JsonObject } from '@dragoman/plugin-sdk';
import { openaiFrames } from '../answers.ts';
import { argumentsOf, created, type Said, textOf, tokens, type Writer } from './said.ts';

const usage = {
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.total,
  prompt_tokens_details: { cached_tokens: tokens.cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

/** OpenAI's Chat Completions; what was thought is never shown there. */
export const openaiChat: Writer = {
  whole(said, model) {
    const calls = (said.calls ?? []).map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: argumentsOf(call) },
    }));
    const message = {
      role: 'assistant',
      content: textOf(said) || null,
      refusal: null,
      annotations: [],
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return {
      id: 'chatcmpl-fake1',
      object: 'chat.completion',
      created,
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(said) }],
      usage,
      service_tier: 'default',
      system_fingerprint: 'fp_fake',
    };
  },
  frames(said, model) {
    const chunk = (choices: JsonObject[], counted: JsonObject | null = null): JsonObject => ({
      id: 'chatcmpl-fake1',
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      usage: counted,
    });
    const delta = (delta: JsonObject, finish: string | null = null): JsonObject =>
      chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
    return openaiFrames([
      delta({ role: 'assistant', content: '', refusal: null }),
      ...(said.text ?? []).map((content) => delta({ content })),
      ...(said.calls ?? []).flatMap(({ id, name, pieces }, index) => [
        delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...pieces.map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      delta({}, finishOf(said)),
      chunk([], usage),
    ]);
  },
};

function finishOf({ calls = [], ends = 'stop' }: Said): string {
  return calls.length > 0 ? 'tool_calls' : ends;
}
