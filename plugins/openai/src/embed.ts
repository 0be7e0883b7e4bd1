import {
  type EmbedRequest,
  type EmbedResponse,
  type EncodedRequest,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type TranslateContext,
  type Translated,
  TranslateError,
  type Translator,
  type Warning,
  type WireRequest,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeVector, encodeVector } from './base64.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { readOptions } from './options.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

const REQUEST_FIELDS = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

export const decodeEmbed: Translator<WireRequest, EmbedRequest> = ({ body }) => {
  if (!isObject(body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  if (typeof body.model !== 'string')
    throw new TranslateError('invalid-input', "'model' must be a string", '/model');
  const own: JsonObject = leftover(body, REQUEST_FIELDS) ?? {};
  const request: EmbedRequest = { model: body.model, input: readInput(body.input, own) };
  const { dimensions, encoding_format: encoding, user } = body;
  if (typeof dimensions === 'number') request.dimensions = dimensions;
  else if (dimensions !== undefined) own.dimensions = dimensions;
  if (encoding === 'float' || encoding === 'base64') request.encoding = encoding;
  else if (encoding !== undefined) own.encoding_format = encoding;
  if (typeof user === 'string') request.endUser = user;
  else if (user !== undefined) own.user = user;
  request.extensions = { [DIALECT]: own };
  return request.encoding === 'base64' ? { output: request, memo: { base64: true } } : { output: request };
};

/** One text, several, the tokens of one, or of several. */
function readInput(input: Json | undefined, own: JsonObject): EmbedRequest['input'] {
  if (typeof input === 'string') {
    own.$input = 'single';
    return [input];
  }
  if (Array.isArray(input)) {
    if (input.length > 0 && isTokens(input)) {
      own.$input = 'single';
      return [input];
    }
    if (input.every((item) => typeof item === 'string' || isTokens(item)))
      return input as (string | number[])[];
  }
  throw new TranslateError(
    'invalid-input',
    "'input' must be a string, an array of strings or of tokens",
    '/input',
  );
}

function isTokens(value: Json): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const token of value) if (typeof token !== 'number') return false;
  return true;
}

export const encodeEmbedRequest: Translator<EmbedRequest, EncodedRequest> = (request, context) => {
  const warnings: Warning[] = [];
  const own = ownFields(request.extensions);
  const body: JsonObject = { model: context.model.id === '' ? request.model : context.model.id };
  const input: Json[] = [];
  for (let index = 0; index < request.input.length; index++) {
    const item = request.input[index];
    if (typeof item === 'string' || Array.isArray(item)) input.push(item);
    else throw new TranslateError('unsupported', 'the service embeds only text', `/input/${index}`);
  }
  body.input = own?.$input === 'single' && input.length === 1 ? (input[0] ?? '') : input;
  if (request.dimensions !== undefined) body.dimensions = request.dimensions;
  const encoding = readOptions(context).embeddingEncoding ?? request.encoding;
  if (encoding !== undefined) body.encoding_format = encoding;
  if (request.endUser !== undefined) body.user = request.endUser;
  writeOwn(body, request.extensions);
  warnEmbedLosses(request, warnings);
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function warnEmbedLosses({ task, extensions }: EmbedRequest, warnings: Warning[]): void {
  if (task !== undefined) {
    warnings.push({ code: 'dropped', path: '/task', message: 'the service makes vectors of one kind only' });
  }
  for (const dialect in extensions) {
    if (dialect === DIALECT) continue;
    for (const key in extensions[dialect]) {
      if (isMarker(key)) continue;
      const message = `'${key}' of ${dialect} has no counterpart in ${DIALECT}`;
      warnings.push({ code: 'dropped', path: `/extensions/${dialect}/${key}`, message });
    }
  }
}

const REPLY_FIELDS = new Set(['object', 'data', 'model', 'usage']);

export const decodeEmbedResponse: Translator<WireResponse, EmbedResponse> = ({ body }) => {
  if (!isObject(body) || !Array.isArray(body.data)) {
    throw new TranslateError('invalid-input', 'the reply has no vectors', '/body/data');
  }
  const vectors: number[][] = [];
  for (let at = 0; at < body.data.length; at++) {
    const item: Json = body.data[at] ?? null;
    const vector = isObject(item) ? readVector(item.embedding) : undefined;
    if (vector === undefined)
      throw new TranslateError('invalid-input', 'this is no vector', `/body/data/${at}/embedding`);
    const index = isObject(item) && typeof item.index === 'number' ? item.index : at;
    // Sorted by index, which a wrong one must not stretch.
    vectors[index >= 0 && index < body.data.length ? index : at] = vector;
  }
  const model = typeof body.model === 'string' ? body.model : '';
  const usage = decodeUsage(body.usage) ?? {};
  return { output: { model, vectors, usage, extensions: { [DIALECT]: leftover(body, REPLY_FIELDS) ?? {} } } };
};

function readVector(embedding: Json | undefined): number[] | undefined {
  if (typeof embedding === 'string') return decodeVector(embedding);
  return embedding !== undefined && isTokens(embedding) ? embedding : undefined;
}

export const encodeEmbed: Translator<EmbedResponse, Json> = (response, context) => {
  const isBase64 = isObject(context.memo) && context.memo.base64 === true;
  const entries: JsonObject[] = [];
  for (let index = 0; index < response.vectors.length; index++) {
    const vector = response.vectors[index] ?? [];
    entries.push({ object: 'embedding', index, embedding: isBase64 ? encodeVector(vector) : vector });
  }
  const body: JsonObject = { object: 'list', data: entries, model: modelOf(response, context) };
  body.usage = embedUsage(response);
  writeOwn(body, response.extensions);
  return { output: body };
};

function modelOf(response: EmbedResponse, context: TranslateContext): string {
  return response.model === '' ? context.model.id : response.model;
}

/** Vectors cost no output, so the wire has only these two. */
function embedUsage({ usage }: EmbedResponse): JsonObject {
  if (usage.raw?.dialect === DIALECT) return encodeUsage(usage) ?? {};
  const input = usage.inputTokens ?? 0;
  return { prompt_tokens: input, total_tokens: input };
}
