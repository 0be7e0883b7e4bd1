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
import { modelOf, readRequest } from './decode-request.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { encodeRequest } from './encode-request.ts';
import { named } from './names.ts';

const COUNT_FIELDS = new Set(['totalTokens']);
/** What is counted of a request; the rest has no tokens. */
const COUNTED = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'cachedContent',
]);

/** Contents alone, or a whole request under `generateContentRequest`. */
export const decodeCount: Translator<WireRequest, CanonicalRequest> = (wire) => {
  if (!isObject(wire.body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const { model } = modelOf(wire);
  const body = named(wire.body);
  if (!isObject(body.generateContentRequest)) return { output: readRequest(body, model, false) };
  const request = readRequest(body.generateContentRequest, model, false);
  const own = ownFields(request.extensions);
  if (own !== undefined) own.$count = 'whole';
  return { output: request };
};

/** What has no tokens is left out, and is no loss. A request with more than contents must be sent as a whole one. */
export const encodeCountRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const translated = encodeRequest(request, context);
  const body = translated.output.body;
  const own = ownFields(request.extensions);
  const counted: Translated<EncodedRequest> = { output: { body } };
  if (translated.warnings !== undefined) counted.warnings = translated.warnings;
  if (!isObject(body)) return counted;
  if (own !== undefined) {
    if (own.$count === 'whole') counted.output.body = { generateContentRequest: body };
    return counted;
  }
  const whole: JsonObject = { model: `models/${context.model.id}` };
  let isPlain = true;
  for (const key in body) {
    if (!COUNTED.has(key)) continue;
    whole[key] = body[key];
    if (key !== 'contents' && key !== 'generationConfig') isPlain = false;
  }
  counted.output.body = isPlain ? { contents: body.contents ?? [] } : { generateContentRequest: whole };
  return counted;
};

export const encodeCount: Translator<CountResponse, Json> = (count) => {
  const body: JsonObject = { totalTokens: count.inputTokens };
  writeOwn(body, count.extensions);
  return { output: body };
};

export const decodeCountResponse: Translator<WireResponse, CountResponse> = ({ body }) => {
  if (!isObject(body) || typeof body.totalTokens !== 'number') {
    throw new TranslateError('invalid-input', 'The reply is not a token count', '/body');
  }
  const count: CountResponse = { inputTokens: body.totalTokens, estimated: false };
  const own = leftover(body, COUNT_FIELDS);
  if (own !== undefined) count.extensions = { [DIALECT]: own };
  return { output: count };
};
