import type { JsonObject } from '@dragoman/plugin-sdk';
import { argumentsOf, namedFrames, type Said, textOf, tokens, type Writer } from './said.ts';

const usage = {
  billed_units: { input_tokens: tokens.input, output_tokens: tokens.output },
  tokens: { input_tokens: tokens.input, output_tokens: tokens.output },
  cached_tokens: tokens.cached,
};

export const cohere: Writer = {
  whole(said) {
    const content: JsonObject[] = [];
    if (said.thought !== undefined) content.push({ type: 'thinking', thinking: said.thought });
    if (said.text !== undefined) content.push({ type: 'text', text: textOf(said) });
    const message: JsonObject = { role: 'assistant' };
    if (content.length > 0) message.content = content;
    if (said.calls !== undefined) {
      message.tool_calls = said.calls.map((call) => ({
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: argumentsOf(call) },
      }));
    }
    return { id: 'fake-1', message, finish_reason: finishOf(said), usage };
  },
  frames(said) {
    const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
    const events: (JsonObject & { type: string })[] = [
      { id: 'fake-1', type: 'message-start', delta: { message } },
    ];
    let index = 0;
    const content = (type: 'text' | 'thinking', pieces: readonly string[]): void => {
      const at = index++;
      events.push({
        type: 'content-start',
        index: at,
        delta: { message: { content: { type, [type]: '' } } },
      });
      for (const piece of pieces) {
        events.push({ type: 'content-delta', index: at, delta: { message: { content: { [type]: piece } } } });
      }
      events.push({ type: 'content-end', index: at });
    };
    if (said.thought !== undefined) content('thinking', [said.thought]);
    if (said.text !== undefined) content('text', said.text);
    for (const [at, { id, name, pieces }] of (said.calls ?? []).entries()) {
      const call = (tool_calls: JsonObject): JsonObject => ({ message: { tool_calls } });
      const opening = call({ id, type: 'function', function: { name, arguments: '' } });
      events.push({ type: 'tool-call-start', index: at, delta: opening });
      for (const piece of pieces) {
        events.push({ type: 'tool-call-delta', index: at, delta: call({ function: { arguments: piece } }) });
      }
      events.push({ type: 'tool-call-end', index: at });
    }
    events.push({ type: 'message-end', delta: { finish_reason: finishOf(said), usage } });
    return namedFrames(events);
  },
};

function finishOf({ calls = [], ends = 'stop' }: Said): string {
  if (calls.length > 0) return 'TOOL_CALL';
  return ends === 'length' ? 'MAX_TOKENS' : 'COMPLETE';
}
