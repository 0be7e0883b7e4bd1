import type { JsonObject } from '@dragoman/plugin-sdk';
import { openaiFrames } from '../answers.ts';
import { argumentsOf, created, type Said, type SaidCall, textOf, tokens, type Writer } from './said.ts';

const usage = {
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.total,
  num_cached_tokens: tokens.cached,
};

/** Mistral's chat: content is a list once the model thinks, and a call comes whole in one chunk. */
export const mistral: Writer = {
  whole(said, model) {
    const tool_calls = said.calls === undefined ? null : said.calls.map(callOf);
    const message = { role: 'assistant', tool_calls, content: contentOf(said) };
    return {
      id: '0549b2dd1fcd47e7a22af01652c71fake',
      created,
      model,
      usage,
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: finishOf(said), message }],
    };
  },
  frames(said, model) {
    const chunk = (
      delta: JsonObject,
      finish_reason: string | null = null,
      rest: JsonObject = {},
    ): JsonObject => ({
      id: '0549b2dd1fcd47e7a22af01652c71fake',
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [{ index: 0, delta, finish_reason, logprobs: null }],
      ...rest,
    });
    const ending: JsonObject =
      said.calls === undefined ? { content: '' } : { tool_calls: said.calls.map(callOf) };
    return openaiFrames([
      chunk({ role: 'assistant', content: '' }),
      ...(said.thought === undefined ? [] : [chunk({ content: [thinking(said.thought)] })]),
      ...(said.text ?? []).map((content) => chunk({ content })),
      chunk(ending, finishOf(said), { usage }),
    ]);
  },
};

function thinking(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] };
}

function contentOf(said: Said): string | JsonObject[] {
  if (said.thought === undefined) return textOf(said);
  return [thinking(said.thought), { type: 'text', text: textOf(said) }];
}

/** The service's ids have nine letters and digits. */
function callOf(call: SaidCall, index: number): JsonObject {
  const id = call.id
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(-9)
    .padStart(9, '0');
  return { id, function: { name: call.name, arguments: argumentsOf(call) }, index };
}

function finishOf({ calls = [], ends = 'stop' }: Said): string {
  return calls.length > 0 ? 'tool_calls' : ends;
}
