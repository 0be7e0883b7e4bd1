import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  Frame,
  JsonObject,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import { decodeRequest } from '../../../plugins/openai/src/decode-request.ts';
import { decodeStream } from '../../../plugins/openai/src/decode-stream.ts';
import { encodeRequest } from '../../../plugins/openai/src/encode-request.ts';
import { encodeStream } from '../../../plugins/openai/src/encode-stream.ts';
import { type Encoded, encodeWith, streamOneByOne } from '../run.ts';
import { makeContext } from './context.ts';

/** What a request of this dialect says in the hub. */
export function decode(body: JsonObject, context: TranslateContext = makeContext()): CanonicalRequest {
  const whole = { model: 'any', messages: [{ role: 'user', content: 'Hi' }], ...body };
  return decodeRequest({ path: {}, query: {}, headers: {}, body: whole }, context).output;
}

export function encode(
  request: Partial<CanonicalRequest>,
  context: TranslateContext = makeContext(),
): Encoded {
  return encodeWith(encodeRequest, request, context);
}

/** The same request again, as it would go to a provider of the same dialect. */
export function again(body: JsonObject, context: TranslateContext = makeContext()): JsonObject {
  return JSON.parse(JSON.stringify(encodeRequest(decode(body, context), context).output.body));
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, changes: JsonObject = {}): Frame {
  return {
    data: {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: null, ...changes }],
    },
  };
}

export function finish(reason: string, delta: JsonObject = {}): Frame {
  return chunk(delta, { finish_reason: reason });
}

export const done: Frame = { data: '[DONE]' };

/** Events of frames that came one at a time. */
export function events(
  frames: Frame[],
  context: TranslateContext = makeContext(),
  end?: 'complete' | 'cut',
): CanonicalEvent[] {
  return streamOneByOne(decodeStream, frames, context, end);
}

/** Frames of events that came one at a time. */
export function frames(list: CanonicalEvent[], context: TranslateContext = makeContext()): Frame[] {
  return streamOneByOne(encodeStream, list, context);
}

/** A reply as another dialect's decoder would give it. */
export function reply(changes: Partial<CanonicalResponse> = {}): CanonicalResponse {
  return {
    id: 'msg_1',
    model: 'claude',
    parts: [{ type: 'text', text: 'Hello' }],
    finish: { reason: 'stop', raw: 'end_turn' },
    usage: { inputTokens: 3, outputTokens: 5 },
    ...changes,
  };
}
