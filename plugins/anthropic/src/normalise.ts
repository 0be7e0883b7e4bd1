import { isObject, type Json, type JsonObject, type Normaliser } from '@dragoman/plugin-sdk';

/** What the way through the hub and back changes. Everything else comes out as it went in. */
export const normalise: Normaliser = {
  /** `stream: false` is what leaving it out means, and the hub has a yes or no for it. */
  normaliseRequest(body: Json): Json {
    if (!isObject(body) || body.stream === true) return body;
    const { stream: _, ...rest } = body;
    return rest;
  },
  /** A message is always complete: what is missing is null, and its type and role are fixed. */
  normaliseResponse(body: Json): Json {
    if (!isObject(body) || !Array.isArray(body.content)) return body;
    const message: JsonObject = { stop_sequence: null, ...body, type: 'message', role: 'assistant' };
    return message;
  },
};
