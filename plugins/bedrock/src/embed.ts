import {
  createWarnings,
  type EmbedRequest,
  type EmbedResponse,
  type EncodedRequest,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  pointer,
  TranslateError,
  type Translator,
  type Usage,
  type Warnings,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** What the vectors are for, in the words of Cohere's models and of others. */
const TASKS: Record<string, string> = {
  search_document: 'search_document',
  search_query: 'search_query',
  classification: 'classification',
  clustering: 'clustering',
  RETRIEVAL_DOCUMENT: 'search_document',
  RETRIEVAL_QUERY: 'search_query',
  CLASSIFICATION: 'classification',
  CLUSTERING: 'clustering',
  QUESTION_ANSWERING: 'search_query',
  document: 'search_document',
  query: 'search_query',
};
const DEFAULT_TASK = 'search_document';
/** Cohere's models take so many texts in one request. */
const MAX_TEXTS = 96;

/** `InvokeModel`: the body is that of the model's own maker. */
export const encodeEmbedRequest: Translator<EmbedRequest, EncodedRequest> = (request, context) => {
  const warnings = createWarnings();
  const text = `${context.model.id} ${context.model.name ?? ''} ${request.model}`.toLowerCase();
  let body: JsonObject;
  if (/cohere/.test(text)) body = encodeCohere(request, text, warnings);
  else if (/titan-embed-image/.test(text)) body = encodeTitanImage(request, warnings);
  else if (/titan/.test(text)) body = encodeTitan(request, text, warnings);
  else {
    const message = "vectors of this model are not known here: 'titan-embed' and 'cohere.embed' models are";
    throw new TranslateError('unsupported', message, '/model');
  }
  warnRest(request, warnings);
  return warnings.with({ body });
};

function encodeTitan(request: EmbedRequest, text: string, warnings: Warnings): JsonObject {
  const body: JsonObject = { inputText: textOf(onlyInput(request), '/input/0') };
  warnTask(request, warnings);
  if (request.dimensions === undefined) return body;
  // The first version has one length of vector.
  if (/titan-embed-text-v1|titan-embed-g1/.test(text)) {
    if (request.dimensions !== 1536)
      warnings.dropped('/dimensions', 'the model makes vectors of 1536 numbers');
  } else body.dimensions = request.dimensions;
  return body;
}

function encodeTitanImage(request: EmbedRequest, warnings: Warnings): JsonObject {
  const input = onlyInput(request);
  const body: JsonObject = isImage(input)
    ? { inputImage: imageOf(input, '/input/0').data }
    : { inputText: textOf(input, '/input/0') };
  if (request.dimensions !== undefined) body.embeddingConfig = { outputEmbeddingLength: request.dimensions };
  warnTask(request, warnings);
  return body;
}

/** One vector comes of one request, and the gateway makes one request of one: several inputs are refused, not half done. */
function onlyInput({ input }: EmbedRequest): EmbedRequest['input'][number] {
  const [only] = input;
  if (only !== undefined && input.length === 1) return only;
  const message = `the model makes one vector a request, and this one asks for ${input.length}: send them one by one`;
  throw new TranslateError('unsupported', message, input.length === 0 ? '/input' : '/input/1');
}

function encodeCohere(request: EmbedRequest, text: string, warnings: Warnings): JsonObject {
  const { input, dimensions } = request;
  if (input.length > MAX_TEXTS) {
    const message = `the model takes ${MAX_TEXTS} texts a request, and this one has ${input.length}`;
    throw new TranslateError('unsupported', message, `/input/${MAX_TEXTS}`);
  }
  const body: JsonObject = { input_type: encodeTask(request.task, warnings), embedding_types: ['float'] };
  if (input.every((item) => typeof item === 'string')) body.texts = input;
  else {
    if (!/embed-v4/.test(text)) {
      throw new TranslateError('unsupported', 'the model takes texts only', pathOfFirstOther(input));
    }
    body.inputs = input.map((item, index) => ({ content: [encodeContent(item, `/input/${index}`)] }));
  }
  if (dimensions === undefined) return body;
  if (/embed-v4/.test(text)) body.output_dimension = dimensions;
  else warnings.dropped('/dimensions', 'the model makes vectors of one length only');
  return body;
}

function pathOfFirstOther(input: EmbedRequest['input']): string {
  return `/input/${input.findIndex((item) => typeof item !== 'string')}`;
}

function encodeContent(item: EmbedRequest['input'][number], path: string): JsonObject {
  if (!isImage(item)) return { type: 'text', text: textOf(item, path) };
  const { mediaType, data } = imageOf(item, path);
  return { type: 'image_url', image_url: `data:${mediaType};base64,${data}` };
}

function isImage(item: EmbedRequest['input'][number]): item is MediaPart {
  return typeof item === 'object' && !Array.isArray(item) && item.mediaType.startsWith('image/');
}

function imageOf({ mediaType, source }: MediaPart, path: string): { mediaType: string; data: string } {
  if (source.type === 'base64') return { mediaType, data: source.data };
  throw new TranslateError('unsupported', 'the bytes of an image are accepted, no address', path);
}

function textOf(item: EmbedRequest['input'][number], path: string): string {
  if (typeof item === 'string') return item;
  if (Array.isArray(item)) throw new TranslateError('unsupported', 'the model takes text, not tokens', path);
  if (item.source.type === 'text') return item.source.text;
  throw new TranslateError('unsupported', `the model makes no vector of ${item.mediaType}`, path);
}

function encodeTask(task: string | undefined, warnings: Warnings): string {
  if (task === undefined) return DEFAULT_TASK;
  const known = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined;
  if (known === undefined) {
    warnings.approximated('/task', `the model has no '${task}'; '${DEFAULT_TASK}' is sent`);
  }
  return known ?? DEFAULT_TASK;
}

function warnTask({ task }: EmbedRequest, warnings: Warnings): void {
  if (task !== undefined) warnings.dropped('/task', 'the model makes vectors of one kind only');
}

function warnRest(request: EmbedRequest, warnings: Warnings): void {
  if (request.endUser !== undefined) {
    warnings.dropped('/endUser', "the service has no counterpart of 'endUser'");
  }
  for (const dialect in request.extensions) {
    for (const key in request.extensions[dialect]) {
      if (isMarker(key)) continue;
      const path = pointer('extensions', dialect, key);
      warnings.dropped(path, `'${key}' of ${dialect} has no counterpart in ${DIALECT}`);
    }
  }
}

/** Titan gives one vector, Cohere a list of them, by type or bare. */
export const decodeEmbedResponse: Translator<WireResponse, EmbedResponse> = ({ body, headers }, context) => {
  const vectors = isObject(body) ? vectorsOf(body) : undefined;
  if (!isObject(body) || vectors === undefined || !vectors.every(isVector)) {
    throw new TranslateError('invalid-input', 'The reply holds no vectors', '/body/embeddings');
  }
  return { output: { model: context.model.id, vectors, usage: decodeCost(body, headers) } };
};

function vectorsOf(body: JsonObject): Json[] | undefined {
  if (Array.isArray(body.embedding)) return [body.embedding];
  const { embeddings, embeddingsByType } = body;
  for (const list of [embeddings, isObject(embeddings) ? embeddings.float : undefined]) {
    if (Array.isArray(list)) return list;
  }
  const single = isObject(embeddingsByType) ? embeddingsByType.float : undefined;
  return Array.isArray(single) ? [single] : undefined;
}

function isVector(value: Json): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const number of value) if (typeof number !== 'number') return false;
  return true;
}

/** Titan counts in the body, the service itself in a header. */
function decodeCost(body: JsonObject, headers: Record<string, string>): Usage {
  const counted = headers['x-amzn-bedrock-input-token-count'];
  const tokens =
    typeof body.inputTextTokenCount === 'number' ? body.inputTextTokenCount : Number(counted ?? '');
  return Number.isFinite(tokens) && (counted !== undefined || body.inputTextTokenCount !== undefined)
    ? { inputTokens: tokens }
    : {};
}
