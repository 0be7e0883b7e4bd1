import type { JsonObject } from '@dragoman/plugin-sdk';
import {
  argumentsOf,
  created,
  namedFrames,
  type Said,
  type SaidCall,
  textOf,
  tokens,
  type Writer,
} from './said.ts';

const usage = {
  input_tokens: tokens.input,
  input_tokens_details: { cached_tokens: tokens.cached },
  output_tokens: tokens.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: tokens.total,
};
/** What the service makes of a thought: only it can read it. */
const encrypted = 'gAAAAABfakeEncryptedThought';

export const openaiResponses: Writer = {
  whole(said, model) {
    return finished(said, model);
  },
  frames(said, model) {
    let sequence = 0;
    const response = { ...finished(said, model), status: 'in_progress', output: [], usage: null };
    const events: (JsonObject & { type: string })[] = [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
      ...itemsOf(said).flatMap(({ item, inner }, index) => [
        { type: 'response.output_item.added', output_index: index, item: opened(item) },
        ...inner.map((event) => ({ item_id: String(item.id), output_index: index, ...event })),
        { type: 'response.output_item.done', output_index: index, item },
      ]),
      {
        type: said.ends === 'length' ? 'response.incomplete' : 'response.completed',
        response: finished(said, model),
      },
    ];
    return namedFrames(events.map((event) => ({ ...event, sequence_number: sequence++ })));
  },
};

function finished(said: Said, model: string): JsonObject {
  const isCut = said.ends === 'length';
  return {
    id: 'resp_fake1',
    object: 'response',
    created_at: created,
    status: isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model,
    output: itemsOf(said).map(({ item }) => item),
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage,
  };
}

interface Item {
  item: JsonObject;
  inner: (JsonObject & { type: string })[];
}

function itemsOf(said: Said): Item[] {
  const items: Item[] = [];
  if (said.thought !== undefined) items.push(thoughtItem(said.thought));
  if (said.text !== undefined) items.push(textItem(said));
  for (const [index, call] of (said.calls ?? []).entries()) items.push(callItem(call, index));
  return items;
}

function thoughtItem(thought: string): Item {
  const part = { type: 'summary_text', text: thought };
  const at = { summary_index: 0 };
  return {
    item: { id: 'rs_fake1', type: 'reasoning', summary: [part], encrypted_content: encrypted },
    inner: [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: thought },
      { type: 'response.reasoning_summary_text.done', ...at, text: thought },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ],
  };
}

function textItem(said: Said): Item {
  const part = { type: 'output_text', text: textOf(said), annotations: [], logprobs: [] };
  const at = { content_index: 0 };
  return {
    item: { id: 'msg_fake1', type: 'message', role: 'assistant', status: 'completed', content: [part] },
    inner: [
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...(said.text ?? []).map((delta) => ({
        type: 'response.output_text.delta',
        ...at,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...at, text: textOf(said), logprobs: [] },
      { type: 'response.content_part.done', ...at, part },
    ],
  };
}

function callItem(call: SaidCall, index: number): Item {
  const { id, name, pieces } = call;
  const item = { id: `fc_fake${index}`, type: 'function_call', status: 'completed', call_id: id, name };
  return {
    item: { ...item, arguments: argumentsOf(call) },
    inner: [
      ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', delta })),
      { type: 'response.function_call_arguments.done', name, arguments: argumentsOf(call) },
    ],
  };
}

/** An item as it stands when nothing of it has come yet. */
function opened(item: JsonObject): JsonObject {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'reasoning':
      return { ...item, summary: [] };
    default:
      return { ...item, status: 'in_progress', arguments: '' };
  }
}
