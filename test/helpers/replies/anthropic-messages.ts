import type { JsonObject } from '@dragoman/plugin-sdk';
import { inputOf, namedFrames, type Said, textOf, tokens, type Writer } from './said.ts';

/** What the service signs a thought with. */
const signature = 'EqQBfakeSignatureOfAThought';
const input = {
  input_tokens: tokens.input - tokens.cached,
  cache_read_input_tokens: tokens.cached,
  cache_creation_input_tokens: 0,
};

export const anthropicMessages: Writer = {
  whole(said, model) {
    const content: JsonObject[] = [];
    if (said.thought !== undefined) content.push({ type: 'thinking', thinking: said.thought, signature });
    if (said.text !== undefined) content.push({ type: 'text', text: textOf(said) });
    for (const call of said.calls ?? []) {
      content.push({ type: 'tool_use', id: call.id, name: call.name, input: inputOf(call) });
    }
    return {
      ...opening(model),
      content,
      stop_reason: stopOf(said),
      usage: { ...input, output_tokens: tokens.output },
    };
  },
  frames(said, model) {
    const events: (JsonObject & { type: string })[] = [
      { type: 'message_start', message: { ...opening(model), usage: { ...input, output_tokens: 1 } } },
    ];
    for (const [index, { block, deltas }] of blocksOf(said).entries()) {
      events.push({ type: 'content_block_start', index, content_block: block });
      if (index === 0) events.push({ type: 'ping' });
      events.push(...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })));
      events.push({ type: 'content_block_stop', index });
    }
    const delta = { stop_reason: stopOf(said), stop_sequence: null };
    events.push({ type: 'message_delta', delta, usage: { output_tokens: tokens.output } });
    events.push({ type: 'message_stop' });
    return namedFrames(events);
  },
};

function opening(model: string): JsonObject {
  return {
    id: 'msg_fake1',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function blocksOf(said: Said): { block: JsonObject; deltas: JsonObject[] }[] {
  const blocks: { block: JsonObject; deltas: JsonObject[] }[] = [];
  if (said.thought !== undefined) {
    blocks.push({
      block: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        { type: 'thinking_delta', thinking: said.thought },
        { type: 'signature_delta', signature },
      ],
    });
  }
  if (said.text !== undefined) {
    const deltas = said.text.map((text) => ({ type: 'text_delta', text }));
    blocks.push({ block: { type: 'text', text: '' }, deltas });
  }
  for (const { id, name, pieces } of said.calls ?? []) {
    const deltas = pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
    blocks.push({ block: { type: 'tool_use', id, name, input: {} }, deltas });
  }
  return blocks;
}

function stopOf({ calls = [], ends = 'stop' }: Said): string {
  if (calls.length > 0) return 'tool_use';
  return ends === 'length' ? 'max_tokens' : 'end_turn';
}
