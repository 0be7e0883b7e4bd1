import {
  type CanonicalEvent,
  type CanonicalRequest,
  type CanonicalResponse,
  defineDialect,
  type Frame,
  type Json,
  type JsonObject,
  type StreamTranslator,
  TranslateError,
  type Translator,
  type UpstreamError,
  type WireRequest,
  type WireResponse,
} from '@dragoman/plugin-sdk';

/*
 * A wire language just big enough for the laws. Request: { model, prompt, stream?, heat? }. Reply: { id, model, text }.
 * Stream: { open: id, model }, { text }*, { close: true }. Error: { problem, kind }.
 */
interface State {
  started: boolean;
  ended: boolean;
}

export const decodeRequest: Translator<WireRequest, CanonicalRequest> = ({ body }) => {
  const { model, prompt, stream, heat } = body as JsonObject;
  if (typeof prompt !== 'string') throw new TranslateError('invalid-input', 'prompt must be text', '/prompt');
  const output: CanonicalRequest = {
    model: String(model),
    messages: [{ role: 'user', parts: [{ type: 'text', text: prompt }] }],
    stream: stream === true,
  };
  if (typeof heat === 'number') output.temperature = heat;
  return { output };
};

export const encodeRequest: Translator<CanonicalRequest, { body: Json }> = (request, context) => {
  const parts = request.messages.flatMap((message) => message.parts);
  const prompt = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const body: JsonObject = { model: context.model.id, prompt };
  if (request.stream) body.stream = true;
  if (request.temperature !== undefined) body.heat = request.temperature;
  return { output: { body } };
};

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }) => {
  const { id, model, text } = body as JsonObject;
  return {
    output: {
      id: String(id),
      model: String(model),
      parts: [{ type: 'text', text: String(text) }],
      finish: { reason: 'stop' },
      usage: {},
    },
  };
};

export const encodeResponse: Translator<CanonicalResponse, Json> = ({ id, model, parts }) => ({
  output: { id, model, text: parts.map((part) => (part.type === 'text' ? part.text : '')).join('') },
});

export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = ({ state, items, end }) => {
  const next: State = state === null ? { started: false, ended: false } : (state as unknown as State);
  const events: CanonicalEvent[] = [];
  for (const { data } of items) {
    const { open, model, text, close, problem, kind } = data as JsonObject;
    if (open !== undefined) {
      next.started = true;
      events.push({ type: 'response-start', id: String(open), model: String(model) });
      events.push({ type: 'part-start', index: 0, part: { type: 'text' } });
    } else if (text !== undefined) {
      events.push({ type: 'part-delta', index: 0, delta: { type: 'text', text: String(text) } });
    } else if (close === true) {
      next.ended = true;
      events.push({ type: 'part-end', index: 0 }, { type: 'response-end', finish: { reason: 'stop' } });
    } else if (problem !== undefined) {
      next.ended = true;
      events.push({ type: 'error', error: { kind: kind as 'unknown', message: String(problem) } });
    }
  }
  if (end !== undefined && !next.ended) {
    next.ended = true;
    events.push({ type: 'error', error: { kind: 'server', message: 'the stream was cut' } });
  }
  return { output: { state: next as unknown as Json, items: events } };
};

export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = ({ state, items }) => {
  const frames: Frame[] = [];
  for (const event of items) {
    if (event.type === 'response-start') frames.push({ data: { open: event.id, model: event.model } });
    if (event.type === 'part-delta' && event.delta.type === 'text')
      frames.push({ data: { text: event.delta.text } });
    if (event.type === 'response-end') frames.push({ data: { close: true } });
    if (event.type === 'error')
      frames.push({ data: { problem: event.error.message, kind: event.error.kind } });
  }
  return { output: { state, items: frames } };
};

export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, body }) => {
  const { problem, kind } = body as JsonObject;
  return { output: { kind: kind as UpstreamError['kind'], message: String(problem), status } };
};

export const encodeError: Translator<UpstreamError, { status: number; body: Json }> = ({
  kind,
  message,
  status,
}) => ({
  output: { status: status ?? 500, body: { problem: message, kind } },
});

/** A dialect that keeps all eight laws. */
export const toyDialect = defineDialect({
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeStream,
  encodeStream,
  decodeError,
  encodeError,
});
