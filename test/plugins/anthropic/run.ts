import type {
  CanonicalRequest,
  Frame,
  JsonObject,
  StreamTranslator,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
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

export function frame(data: JsonObject): Frame {
  return typeof data.type === 'string' ? { event: data.type, data } : { data };
}
