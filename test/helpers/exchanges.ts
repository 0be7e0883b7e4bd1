import type { Frame, Json, JsonObject, WireRequest } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';
import { parseFrame } from '../../core/translate/frames.ts';
import { createFrameReader } from '../../core/upstream/framing.ts';
import { answerBytes, type Recording as Recorded, recordings } from './corpus.ts';

const framings: Record<string, string> = {
  sse: 'sse',
  'event-json-lines': 'ndjson',
  'eventstream-base64': 'aws-event-stream',
};

/** All that was recorded in these folders of the corpus (one is one kind of operation), as the laws take it. */
export function exchanges(...folders: string[]): Recording[] {
  return folders.flatMap((folder) => recordings(folder)).map(toExchange);
}

/** Absent is what was not recorded, and a request that is no JSON object. */
export function toExchange(recorded: Recorded): Recording {
  const { name, request, response } = recorded;
  const exchange: Recording = { name };
  if (request !== null && /count_?tokens$/i.test(request.path)) exchange.operation = 'count-tokens';
  if (request !== null && isObject(request.body)) {
    const model = /models\/([^/:]+)/.exec(request.path)?.[1];
    const wire: WireRequest = { path: {}, query: request.query, headers: {}, body: request.body };
    if (model !== undefined) wire.path.model = model;
    if (/stream/i.test(request.path)) wire.path.stream = 'true';
    exchange.request = wire;
  }
  const frames = framesOf(recorded);
  if (frames !== undefined) exchange.frames = frames;
  else if (response.encoding === 'json') exchange.response = { status: response.status, body: response.body };
  return exchange;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The frames of a recorded stream, through the readers of the host, as they come off the wire. */
export function framesOf(recorded: Recorded): Frame[] | undefined {
  const framing = framings[recorded.response.encoding];
  if (framing === undefined) return undefined;
  const reader = createFrameReader(framing, { provider: recorded.provider });
  return [...reader.push(answerBytes(recorded)), ...reader.end()].map(parseFrame);
}
