import {
  createWarnings,
  type EmbedRequest,
  type EmbedResponse,
  type EncodedRequest,
  isMarker,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  pointer,
  TranslateError,
  type Translator,
  type WireRequest,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, requireBody, writeOwn } from './dialect.ts';
import { decodeUsage, METRICS, writeUsage } from './usage.ts';

const EMBED_FIELDS = new Set(['model', 'input', 'dimensions']);
const PROMPT_FIELDS = new Set(['model', 'prompt']);
/** Name of the endpoint of a provider that embeds one prompt, which newer servers keep for older clients. */
const PROMPT_ENDPOINT = 'embeddings';

/** `/api/embed`: one text or several. */
export const decodeEmbed: Translator<WireRequest, EmbedRequest> = (wire) => {
  const body = requireBody(wire.body);
  const own: JsonObject = leftover(body, EMBED_FIELDS) ?? {};
  const { input, dimensions } = body;
  if (typeof input === 'string') own.$input = 'single';
  else if (!isStrings(input)) {
    throw new TranslateError('invalid-input', 'input must be a string or an array of strings', '/input');
  }
  const request: EmbedRequest = { model: body.model, input: typeof input === 'string' ? [input] : input };
  if (typeof dimensions === 'number') request.dimensions = dimensions;
  else if (dimensions !== undefined) own.dimensions = dimensions;
  request.extensions = { [DIALECT]: own };
  return { output: request };
};

/** `/api/embeddings`, the older route: one prompt. */
export const decodePromptEmbed: Translator<WireRequest, EmbedRequest> = (wire) => {
  const body = requireBody(wire.body);
  if (typeof body.prompt !== 'string') {
    throw new TranslateError('invalid-input', 'prompt must be a string', '/prompt');
  }
  const own: JsonObject = leftover(body, PROMPT_FIELDS) ?? {};
  own.$form = 'embeddings';
  return { output: { model: body.model, input: [body.prompt], extensions: { [DIALECT]: own } } };
};

export const encodeEmbedRequest: Translator<EmbedRequest, EncodedRequest> = (request, context) => {
  const warnings = createWarnings();
  const own = ownFields(request.extensions);
  const body: JsonObject = { model: context.model.id === '' ? request.model : context.model.id };
  const texts = request.input.map((item, index) => {
    if (typeof item === 'string') return item;
    throw new TranslateError('unsupported', 'the server embeds only text', `/input/${index}`);
  });
  const isPrompt = own?.$form === PROMPT_ENDPOINT;
  if (isPrompt) body.prompt = texts[0];
  else body.input = own?.$input === 'single' ? texts[0] : texts;
  if (request.dimensions !== undefined) body.dimensions = request.dimensions;
  if (request.task !== undefined) warnings.dropped('/task', 'the server makes vectors of one kind only');
  if (request.endUser !== undefined)
    warnings.dropped('/endUser', "the server has no counterpart of 'endUser'");
  for (const dialect in request.extensions) {
    if (dialect === DIALECT) continue;
    for (const key in request.extensions[dialect]) {
      if (isMarker(key)) continue;
      const path = pointer('extensions', dialect, key);
      warnings.dropped(path, `'${key}' of ${dialect} has no counterpart in ${DIALECT}`);
    }
  }
  writeOwn(body, request.extensions);
  return warnings.with(isPrompt ? { endpoint: PROMPT_ENDPOINT, body } : { body });
};

const REPLY_FIELDS: ReadonlySet<string> = new Set([...METRICS, 'model', 'embeddings', 'embedding']);

export const decodeEmbedResponse: Translator<WireResponse, EmbedResponse> = ({ body }, context) => {
  const list = isObject(body) ? (body.embeddings ?? [body.embedding ?? null]) : undefined;
  if (!isObject(body) || !Array.isArray(list) || !list.every(isVector)) {
    throw new TranslateError('invalid-input', 'The reply holds no vectors', '/body/embeddings');
  }
  const response: EmbedResponse = {
    model: typeof body.model === 'string' ? body.model : context.model.id,
    vectors: list,
    usage: decodeUsage(body) ?? {},
  };
  const own = leftover(body, REPLY_FIELDS);
  if (own !== undefined) response.extensions = { [DIALECT]: own };
  return { output: response };
};

function isVector(value: Json): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const number of value) if (typeof number !== 'number') return false;
  return true;
}

export const encodeEmbed: Translator<EmbedResponse, Json> = (response, context) => {
  const model = response.model === '' ? context.model.id : response.model;
  const body: JsonObject = { model, embeddings: response.vectors };
  writeUsage(body, response.usage);
  writeOwn(body, response.extensions);
  return { output: body };
};

/** The older route has no place for anything else. */
export const encodePromptEmbed: Translator<EmbedResponse, Json> = (response) => {
  const body: JsonObject = { embedding: response.vectors[0] ?? [] };
  writeOwn(body, response.extensions);
  return { output: body };
};
