import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  Frame,
  Json,
  JsonObject,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { runStream } from '@dragoman/plugin-sdk/testing';
import { decodeRequest } from '../../../../plugins/openai/src/responses/decode-request.ts';
import { decodeStream } from '../../../../plugins/openai/src/responses/decode-stream.ts';
import { encodeRequest } from '../../../../plugins/openai/src/responses/encode-request.ts';
import { encodeResponse } from '../../../../plugins/openai/src/responses/encode-response.ts';
import { encodeStream } from '../../../../plugins/openai/src/responses/encode-stream.ts';
import { makeContext } from './context.ts';

/** What a request of this dialect says in the hub. */
export function decode(body: JsonObject, context: TranslateContext = makeContext()): CanonicalRequest {
  const whole = { model: 'any', input: 'Hi', ...body };
  return decodeRequest({ path: {}, query: {}, headers: {}, body: whole }, context).output;
}

/** What a request from another dialect becomes, and what was said about it. */
export function encode(
  request: Partial<CanonicalRequest>,
  context: TranslateContext = makeContext(),
): { body: JsonObject; warnings: Warning[]; memo?: Json } {
  const whole: CanonicalRequest = {
    model: 'any',
    stream: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    ...request,
  };
  const translated = encodeRequest(whole, context);
  const body = JSON.parse(JSON.stringify(translated.output.body));
  const { warnings = [], memo } = translated;
  return memo === undefined ? { body, warnings } : { body, warnings, memo };
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[]): string[] {
  return warnings.map((warning) => `${warning.code} ${warning.path}`);
}

/** Events of frames that came one at a time. */
export function events(
  frames: Frame[],
  context: TranslateContext = makeContext(),
  end: 'complete' | 'cut' = 'complete',
): CanonicalEvent[] {
  const batches = frames.map((frame) => [frame]);
  return JSON.parse(JSON.stringify(runStream(decodeStream, batches, context, { end }).items));
}

/** Frames of events that came one at a time. */
export function frames(list: CanonicalEvent[], context: TranslateContext = makeContext()): Frame[] {
  const batches = list.map((event) => [event]);
  return JSON.parse(JSON.stringify(runStream(encodeStream, batches, context).items));
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

/** That reply as a client of this dialect gets it. */
export function written(
  changes: Partial<CanonicalResponse> = {},
  context: TranslateContext = makeContext(),
): { body: JsonObject; warnings: Warning[] } {
  const { output, warnings = [] } = encodeResponse(reply(changes), context);
  return { body: JSON.parse(JSON.stringify(output)), warnings };
}
