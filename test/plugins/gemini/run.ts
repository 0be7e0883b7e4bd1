import type {
  CanonicalRequest,
  Frame,
  Json,
  JsonObject,
  StreamTranslator,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import { decodeRequest } from '../../../plugins/gemini/src/decode-request.ts';
import { encodeRequest } from '../../../plugins/gemini/src/encode-request.ts';
import { type Encoded, encodeWith, streamWith } from '../run.ts';
import { makeContext } from './context.ts';

export function runStream<In, Out>(
  translator: StreamTranslator<In, Out>,
  batches: In[][],
  context: TranslateContext = makeContext(),
  end?: 'complete' | 'cut',
): Out[] {
  return streamWith(translator, batches, context, end);
}

export function encode(
  request: Partial<CanonicalRequest>,
  context: TranslateContext = makeContext(),
): Encoded {
  return encodeWith(encodeRequest, request, context);
}

/** A body of this dialect in the hub's words. */
export function decode(body: JsonObject, path: Record<string, string> = { model: 'm' }): CanonicalRequest {
  const wire = { path, query: {}, headers: {}, body: { contents: [], ...body } };
  return JSON.parse(JSON.stringify(decodeRequest(wire, makeContext()).output));
}

/** A chunk with parts of the first candidate. */
export function chunk(parts: Json[], more: JsonObject = {}, beside: JsonObject = {}): Frame {
  return {
    data: {
      candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
      modelVersion: 'gemini-3-flash-preview',
      responseId: 'r1',
      ...beside,
    },
  };
}
