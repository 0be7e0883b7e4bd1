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
import { keepOwn, writeOwn } from './dialect.ts';
import { encodeRequest } from './encode-request.ts';

/** What `/v1/responses/input_tokens` takes; of other fields it says that they are unknown. */
const COUNTED = new Set([
  'model',
  'input',
  'instructions',
  'previous_response_id',
  'conversation',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'truncation',
  'personality',
]);
const COUNT_FIELDS = new Set(['object', 'input_tokens']);

export const decodeCount: Translator<WireRequest, CanonicalRequest> = decodeRequest;

/**
 * The one place where this service counts takes the shape of Responses, whichever of its dialects is spoken otherwise.
 * What is left out here has no effect on the count, so it is not told as a loss.
 */
export const encodeCountRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const translated = encodeRequest(request, context);
  const { body } = translated.output;
  if (isObject(body)) {
    for (const field in body) if (!COUNTED.has(field)) delete body[field];
  }
  const counted: Translated<EncodedRequest> = { output: { body } };
  if (translated.warnings !== undefined) counted.warnings = translated.warnings;
  return counted;
};

export const decodeCountResponse: Translator<WireResponse, CountResponse> = ({ body }) => {
  if (!isObject(body) || typeof body.input_tokens !== 'number') {
    throw new TranslateError('invalid-input', 'The reply is not a token count', '/body');
  }
  const count: CountResponse = { inputTokens: body.input_tokens, estimated: false };
  keepOwn(count, leftover(body, COUNT_FIELDS));
  return { output: count };
};

export const encodeCount: Translator<CountResponse, Json> = (count) => {
  const body: JsonObject = { object: 'response.input_tokens', input_tokens: count.inputTokens };
  writeOwn(body, count.extensions);
  return { output: body };
};
