import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  Frame,
  JsonObject,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { decodeRequest } from '../../../../plugins/openai/src/responses/decode-request.ts';
import { decodeStream } from '../../../../plugins/openai/src/responses/decode-stream.ts';
import { encodeRequest } from '../../../../plugins/openai/src/responses/encode-request.ts';
import { encodeResponse } from '../../../../plugins/openai/src/responses/encode-response.ts';
import { encodeStream } from '../../../../plugins/openai/src/responses/encode-stream.ts';
import { type Encoded, encodeWith, streamOneByOne } from '../../run.ts';
import { reply } from '../run.ts';
import { makeContext } from './context.ts';

/** What a request of this dialect says in the hub. */
export function decode(body: JsonObject, context: TranslateContext = makeContext()): CanonicalRequest {
  const whole = { model: 'any', input: 'Hi', ...body };
  return decodeRequest({ path: {}, query: {}, headers: {}, body: whole }, context).output;
}

export function encode(
  request: Partial<CanonicalRequest>,
  context: TranslateContext = makeContext(),
): Encoded {
  return encodeWith(encodeRequest, request, context);
}

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

/** Names of the events of a stream. */
export function names(list: Frame[]): string[] {
  return list.map(({ event = '' }) => event.replace('response.', ''));
}

export function dataOf(frame: Frame | undefined): JsonObject {
  return frame?.data as JsonObject;
}

/** A frame of this dialect. */
export function frame(type: string, fields: JsonObject = {}): Frame {
  return { event: type, data: { type, sequence_number: 0, ...fields } };
}

export const created: Frame = frame('response.created', {
  response: {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: 'in_progress',
    output: [],
  },
});

export function completed(changes: JsonObject = {}): Frame {
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: 'completed',
    output: [],
  };
  return frame('response.completed', { response: { ...response, ...changes } });
}

/** That reply as a client of this dialect gets it. */
export function written(
  changes: Partial<CanonicalResponse> = {},
  context: TranslateContext = makeContext(),
): { body: JsonObject; warnings: Warning[] } {
  const { output, warnings = [] } = encodeResponse(reply(changes), context);
  return { body: JSON.parse(JSON.stringify(output)), warnings };
}
