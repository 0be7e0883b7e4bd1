import {
  type CanonicalRequest,
  type CountResponse,
  type EncodedRequest,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Translated,
  TranslateError,
  type Translator,
  type WireRequest,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeRequest } from './decode-request.ts';
import { DIALECT, writeOwn } from './dialect.ts';
import { encodeRequest } from './encode-request.ts';

/** Fields of a message request that counting refuses or has no use for. */
const NOT_COUNTED = [
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'service_tier',
  'container',
  'inference_geo',
  'diagnostics',
];
const COUNT_FIELDS = new Set(['input_tokens']);

export const decodeCount: Translator<WireRequest, CanonicalRequest> = decodeRequest;

export const encodeCount: Translator<CountResponse, Json> = (count) => {
  const body: JsonObject = { input_tokens: count.inputTokens };
  writeOwn(body, count.extensions);
  return { output: body };
};

/** What is left out here has no effect on the count, so it is not told as a loss. */
export const encodeCountRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const translated = encodeRequest(request, context);
  const body = translated.output.body;
  if (isObject(body)) {
    for (const field of NOT_COUNTED) delete body[field];
  }
  const counted: Translated<EncodedRequest> = { output: translated.output };
  if (translated.warnings !== undefined) counted.warnings = translated.warnings;
  return counted;
};

export const decodeCountResponse: Translator<WireResponse, CountResponse> = ({ body }) => {
  if (!isObject(body) || typeof body.input_tokens !== 'number') {
    throw new TranslateError('invalid-input', 'The reply is not a token count', '/body');
  }
  const count: CountResponse = { inputTokens: body.input_tokens, estimated: false };
  const own = leftover(body, COUNT_FIELDS);
  if (own !== undefined) count.extensions = { [DIALECT]: own };
  return { output: count };
};
