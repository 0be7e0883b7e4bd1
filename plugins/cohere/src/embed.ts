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
import { DIALECT, FAMILY } from './dialect.ts';

/** What the vectors are for, in this service's words and in those of others. */
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
/** The service wants to know; stored texts are what most vectors are made of. */
const DEFAULT_TASK = 'search_document';

/** `/v2/embed`. Vectors are asked for as numbers, whatever the client wants to read: its own dialect writes that. */
export const encodeEmbedRequest: Translator<EmbedRequest, EncodedRequest> = (request, context) => {
  const warnings = createWarnings();
  const body: JsonObject = {
    model: context.model.id === '' ? request.model : context.model.id,
    input_type: encodeTask(request.task, warnings),
    embedding_types: ['float'],
  };
  if (request.input.every((item) => typeof item === 'string')) body.texts = request.input;
  else
    body.inputs = request.input.map((item, index) => ({ content: [encodeInput(item, `/input/${index}`)] }));
  if (request.dimensions !== undefined) body.output_dimension = request.dimensions;
  if (request.endUser !== undefined)
    warnings.dropped('/endUser', "the service has no counterpart of 'endUser'");
  for (const dialect in request.extensions) {
    for (const key in request.extensions[dialect]) {
      if (isMarker(key)) continue;
      const path = pointer('extensions', dialect, key);
      warnings.dropped(path, `'${key}' of ${dialect} has no counterpart in ${DIALECT}`);
    }
  }
  return warnings.with({ body });
};

function encodeTask(task: string | undefined, warnings: Warnings): string {
  if (task === undefined) return DEFAULT_TASK;
  const known = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined;
  if (known === undefined)
    warnings.approximated('/task', `the service has no '${task}'; '${DEFAULT_TASK}' is sent`);
  return known ?? DEFAULT_TASK;
}

function encodeInput(item: string | number[] | MediaPart, path: string): JsonObject {
  if (typeof item === 'string') return { type: 'text', text: item };
  if (Array.isArray(item))
    throw new TranslateError('unsupported', 'the service takes text, not tokens', path);
  const { mediaType, source } = item;
  if (source.type === 'text') return { type: 'text', text: source.text };
  if (!mediaType.startsWith('image/') || source.type !== 'base64') {
    throw new TranslateError('unsupported', 'the service embeds text and the bytes of images', path);
  }
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${source.data}` } };
}

export const decodeEmbedResponse: Translator<WireResponse, EmbedResponse> = ({ body }, context) => {
  const embeddings = isObject(body) ? body.embeddings : undefined;
  const vectors = isObject(embeddings) ? embeddings.float : embeddings;
  if (!isObject(body) || !Array.isArray(vectors) || !vectors.every(isVector)) {
    throw new TranslateError('invalid-input', 'The reply holds no vectors', '/body/embeddings');
  }
  return { output: { model: context.model.id, vectors, usage: decodeMeta(body.meta) } };
};

function isVector(value: Json): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const number of value) if (typeof number !== 'number') return false;
  return true;
}

/** Vectors of images are counted in tokens of their own. */
function decodeMeta(meta: Json | undefined): Usage {
  const units = isObject(meta) ? meta.billed_units : undefined;
  if (!isObject(units)) return {};
  const usage: Usage = { raw: { dialect: DIALECT, family: FAMILY, value: units } };
  const text = typeof units.input_tokens === 'number' ? units.input_tokens : undefined;
  const images = typeof units.image_tokens === 'number' ? units.image_tokens : undefined;
  if (text !== undefined || images !== undefined) usage.inputTokens = (text ?? 0) + (images ?? 0);
  return usage;
}
