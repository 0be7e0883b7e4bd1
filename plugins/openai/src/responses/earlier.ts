import { isObject, type Json, type KeptTurn, TranslateError } from '@dragoman/plugin-sdk';

/** The conversation as one list of items: what was said and answered before, then the request's own input. */
export function withEarlier(input: Json | undefined, earlier: readonly KeptTurn[]): Json[] {
  const items: Json[] = [];
  for (const turn of earlier) {
    for (const item of inputItems(turn.input)) items.push(item);
    for (const item of outputItems(turn.reply)) items.push(withoutId(item));
  }
  for (const item of inputItems(input)) items.push(item);
  return items;
}

export function inputItems(input: Json | undefined): Json[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  if (input === undefined || input === null) return [];
  throw new TranslateError('invalid-input', "'input' must be a string or an array", '/input');
}

function outputItems(reply: Json): Json[] {
  if (!isObject(reply)) return [];
  if (reply.status === 'queued' || reply.status === 'in_progress') {
    throw new TranslateError(
      'invalid-input',
      `Previous response with id '${String(reply.id)}' is not finished`,
      '/previous_response_id',
    );
  }
  return Array.isArray(reply.output) ? reply.output : [];
}

const NAMED: ReadonlySet<unknown> = new Set(['message', 'function_call', 'custom_tool_call']);

/** A service looks up an id it is sent; another's ids are nothing to it. */
function withoutId(item: Json): Json {
  if (!isObject(item) || !NAMED.has(item.type)) return item;
  const { id: _, ...rest } = item;
  return rest;
}
