import type { Json, JsonObject } from '@dragoman/plugin-sdk';

/**
 * The service refuses a request in which anything stands between calls and their results, or a result comes twice.
 * Moves results right behind the turn that called; of several for one call the last one counts, at the first one's
 * place. Returns the same list when there is nothing to move.
 */
export function orderResults(messages: JsonObject[]): JsonObject[] {
  if (!needsOrder(messages)) return messages;
  const ordered: JsonObject[] = [];
  let at = 0;
  while (at < messages.length) {
    const message = messages[at++];
    if (message === undefined) continue;
    ordered.push(message);
    if (message.role !== 'assistant' || message.tool_calls === undefined) continue;
    const others: JsonObject[] = [];
    const places = new Map<unknown, number>();
    while (at < messages.length && messages[at]?.role !== 'assistant') {
      const next = messages[at++];
      if (next === undefined) continue;
      if (next.role !== 'tool') {
        others.push(next);
        continue;
      }
      const place = places.get(next.tool_call_id);
      if (place !== undefined) ordered[place] = next;
      else {
        places.set(next.tool_call_id, ordered.length);
        ordered.push(next);
      }
    }
    for (const other of others) ordered.push(other);
  }
  return ordered;
}

/** True when a result follows something else than calls or another result, or repeats one. */
function needsOrder(messages: JsonObject[]): boolean {
  let seen: Set<unknown> | undefined;
  for (let at = 1; at < messages.length; at++) {
    const message = messages[at];
    if (message?.role !== 'tool') continue;
    const before = messages[at - 1];
    if (before?.role === 'assistant') seen = new Set();
    else if (before?.role !== 'tool') return true;
    if (seen?.has(message.tool_call_id)) return true;
    seen?.add(message.tool_call_id);
  }
  return false;
}

/**
 * Turns of the assistant that follow each other are one to the service: calls of the first would be unanswered when the
 * second begins. Changes the messages, which are this translator's own.
 */
export function joinAssistants(messages: JsonObject[]): JsonObject[] {
  const joined: JsonObject[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'assistant' && last?.role === 'assistant' && message.name === last.name)
      joinTurns(last, message);
    else joined.push(message);
  }
  return joined;
}

function joinTurns(first: JsonObject, second: JsonObject): void {
  for (const field in second) {
    const value = second[field];
    const before = first[field];
    if (field === 'role' || field === 'name' || value === null || value === undefined) continue;
    if (before === null || before === undefined || before === '') first[field] = value;
    else if (field === 'content') first.content = joinContents(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) first[field] = before.concat(value);
    else if (typeof before === 'string' && typeof value === 'string') first[field] = `${before}\n\n${value}`;
  }
}

function joinContents(before: Json, after: Json): Json {
  if (typeof before === 'string' && typeof after === 'string')
    return after === '' ? before : `${before}\n\n${after}`;
  return asParts(before).concat(asParts(after));
}

function asParts(content: Json): Json[] {
  if (Array.isArray(content)) return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}
