import {
  digest,
  type EncodedKept,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type KeptReply,
  type KeptTurn,
  type TranslateContext,
  type Translator,
  unfoldResponse,
} from '@dragoman/plugin-sdk';

import { decodeResponse } from './decode-response.ts';
import { inputItems } from './earlier.ts';
import { createEncodeState } from './encode-state.ts';
import { writeEvent } from './encode-stream.ts';

/** `GET` and `DELETE /v1/responses/{id}` and `GET /v1/responses/{id}/input_items`, of a reply the host kept. */
export const encodeKept: Translator<KeptReply, EncodedKept> = ({ turns, path, query }, context) => {
  const { operation } = context;
  const reply = turns.at(-1)?.reply ?? null;
  if (operation === 'delete-response')
    return { output: { body: { id: path.response ?? '', object: 'response', deleted: true } } };
  if (operation === 'list-response-input') return { output: { body: listItems(turns, query) } };
  if (query.stream !== 'true') return { output: { body: reply } };
  const after = Number(query.starting_after ?? -1);
  const frames = replay(reply, context).filter(({ data }) => numberOf(data) > after);
  return { output: { frames } };
};

/** The events the reply would be streamed as. */
function replay(reply: Json, context: TranslateContext): Frame[] {
  const { output: response } = decodeResponse({ status: 200, headers: {}, body: reply }, context);
  const state = createEncodeState();
  const frames: Frame[] = [];
  for (const event of unfoldResponse(response)) writeEvent(event, state, frames, context);
  return frames;
}

function numberOf(data: Json): number {
  return isObject(data) && typeof data.sequence_number === 'number' ? data.sequence_number : 0;
}

const MAX_ITEMS = 100;
const USUAL_ITEMS = 20;

/** Everything the reply was made from, the latest first unless `order` is `asc`. */
function listItems(turns: readonly KeptTurn[], query: Record<string, string>): JsonObject {
  const items = collect(turns);
  if (query.order !== 'asc') items.reverse();
  const wanted = Number(query.limit ?? USUAL_ITEMS);
  const limit = wanted >= 1 ? Math.min(Math.floor(wanted), MAX_ITEMS) : USUAL_ITEMS;
  const after = query.after === undefined ? -1 : items.findIndex(({ id }) => id === query.after);
  const data = items.slice(after + 1, after + 1 + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: after + 1 + limit < items.length,
  };
}

function collect(turns: readonly KeptTurn[]): JsonObject[] {
  const items: JsonObject[] = [];
  for (const [index, { input, reply }] of turns.entries()) {
    const id = isObject(reply) ? String(reply.id) : '';
    for (const [place, item] of inputItems(input).entries()) {
      if (isObject(item)) items.push(nameItem(item, digest(`${id}\n${place}`, 24)));
    }
    const isLast = index === turns.length - 1;
    if (isLast || !isObject(reply) || !Array.isArray(reply.output)) continue;
    for (const item of reply.output) if (isObject(item)) items.push(item);
  }
  return items;
}

/** A client need not give its items an id, nor write a text as a list; who lists them expects both. */
function nameItem(item: JsonObject, name: string): JsonObject {
  const isMessage = item.type === 'message' || (item.type === undefined && item.role !== undefined);
  const type = isMessage ? 'message' : item.type;
  const prefix = isMessage ? 'msg' : type === 'reasoning' ? 'rs' : 'fc';
  const named: JsonObject = { id: `${prefix}_${name}`, ...item, type };
  if (!isMessage) return named;
  named.status ??= 'completed';
  if (typeof item.content === 'string') {
    named.content =
      item.role === 'assistant'
        ? [{ type: 'output_text', text: item.content, annotations: [] }]
        : [{ type: 'input_text', text: item.content }];
  }
  return named;
}
