import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';

/**
 * The same stream with the whole reply its last event holds, where every item of that reply is the one the stream told
 * of. Some services change ids on the way, or leave items out.
 */
export function withWhole(recording: Recording): Recording | undefined {
  const { frames } = recording;
  const last = frames?.at(-1)?.data;
  if (frames === undefined || !isReply(last)) return undefined;
  const streamed: Json[] = [];
  for (const { data } of frames) {
    const event = data as JsonObject;
    if (event.type === 'response.output_item.done')
      streamed[event.output_index as number] = event.item ?? null;
  }
  const isSame = JSON.stringify(sort(streamed)) === JSON.stringify(sort(last.response.output ?? []));
  return isSame ? { ...recording, response: { status: 200, body: last.response } } : undefined;
}

function isReply(data: Json | undefined): data is JsonObject & { response: JsonObject } {
  return (data as JsonObject | undefined)?.type === 'response.completed';
}

function sort(value: Json): Json {
  if (Array.isArray(value)) return value.map(sort);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sort(inner ?? null)]),
  );
}
