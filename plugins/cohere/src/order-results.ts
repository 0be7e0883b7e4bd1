import type { JsonObject } from '@dragoman/plugin-sdk';

/**
 * Results stand right behind the turn that called, before whatever else was said in between; of several for one call
 * the last one counts, at the first one's place.
 */
export function orderResults(messages: JsonObject[]): JsonObject[] {
  const ordered: JsonObject[] = [];
  let others: JsonObject[] = [];
  let places = new Map<unknown, number>();
  for (const message of messages) {
    if (message.role !== 'tool') {
      if (message.role === 'assistant') {
        ordered.push(...others, message);
        others = [];
        places = new Map();
      } else others.push(message);
      continue;
    }
    const place = places.get(message.tool_call_id);
    if (place !== undefined) ordered[place] = message;
    else {
      places.set(message.tool_call_id, ordered.length);
      ordered.push(message);
    }
  }
  ordered.push(...others);
  return ordered;
}
