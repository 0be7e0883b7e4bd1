import type { JsonObject } from '@dragoman/plugin-sdk';
import { inputOf, type Said, textOf, tokens, type Writer } from './said.ts';

const created_at = '2026-11-01T10:00:00.000000Z';

/** NDJSON. A server of this kind gives calls no ids and counts no cache. */
export const ollama: Writer = {
  whole(said, model) {
    const message: JsonObject = { role: 'assistant', content: textOf(said) };
    if (said.thought !== undefined) message.thinking = said.thought;
    const calls = callsOf(said);
    if (calls.length > 0) message.tool_calls = calls;
    return { model, created_at, message, ...ending(said) };
  },
  frames(said, model) {
    const line = (message: JsonObject, rest: JsonObject = { done: false }): string =>
      `${JSON.stringify({ model, created_at, message: { role: 'assistant', content: '', ...message }, ...rest })}\n`;
    const lines: string[] = [];
    if (said.thought !== undefined) lines.push(line({ thinking: said.thought }));
    for (const content of said.text ?? []) lines.push(line({ content }));
    for (const call of callsOf(said)) lines.push(line({ tool_calls: [call] }));
    lines.push(line({}, ending(said)));
    return lines;
  },
};

function callsOf(said: Said): JsonObject[] {
  return (said.calls ?? []).map((call, index) => ({
    function: { index, name: call.name, arguments: inputOf(call) },
  }));
}

function ending({ ends = 'stop' }: Said): JsonObject {
  return {
    done: true,
    done_reason: ends,
    total_duration: 5_000_000,
    load_duration: 1_000_000,
    prompt_eval_count: tokens.input,
    prompt_eval_duration: 2_000_000,
    eval_count: tokens.output,
    eval_duration: 2_000_000,
  };
}
