import {
  type EmbedRequest,
  type EmbedResponse,
  type EncodedRequest,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
  type Translated,
  TranslateError,
  type Translator,
  type Warning,
  type WireRequest,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { modelOf } from './decode-request.ts';
import { DIALECT, listOf, ownFields, writeFields } from './dialect.ts';
import { decodeBlob, decodeFile, writeBackMedia } from './media.ts';
import { named } from './names.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

const ITEM_FIELDS = new Set(['model', 'content', 'taskType', 'outputDimensionality']);
const REPLY_FIELDS = new Set(['embedding', 'embeddings', 'usageMetadata']);

/**
 * `embedContent` has one content; `batchEmbedContents` a list of such requests, whose settings are taken from the first
 * and must be the same in all: the hub has one setting for all inputs.
 */
export const decodeEmbed: Translator<WireRequest, EmbedRequest> = (wire) => {
  if (!isObject(wire.body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const body = named(wire.body);
  const isBatch = Array.isArray(body.requests);
  const items = isBatch ? (listOf(body.requests) ?? []) : [body];
  const own: JsonObject = { $batch: isBatch };
  const request: EmbedRequest = { model: modelOf(wire).model, input: [] };
  const forms: Json[] = [];
  for (let at = 0; at < items.length; at++) {
    const raw = items[at];
    const path = isBatch ? `/requests/${at}` : '';
    if (!isObject(raw)) throw new TranslateError('invalid-input', 'A request must be an object', path);
    const item = named(raw);
    request.input.push(readContent(item.content, `${path}/content`));
    if (at === 0) {
      readSettings(item, request);
      Object.assign(own, leftover(item, ITEM_FIELDS));
    } else keepDifferences(item, forms[0] as JsonObject, own);
    forms.push(item);
  }
  own.$items = forms;
  request.extensions = { [DIALECT]: own };
  return { output: request, memo: { batch: isBatch } };
};

/** The hub has one setting for all inputs: what a later one has of its own is kept by a name that tells its loss. */
function keepDifferences(item: JsonObject, first: JsonObject, own: JsonObject): void {
  for (const key in item) {
    if (key === 'model' || key === 'content' || item[key] === first[key]) continue;
    own[`requests.${key}`] = item[key];
  }
}

function readSettings(item: JsonObject, request: EmbedRequest): void {
  if (typeof item.taskType === 'string') request.task = item.taskType;
  if (typeof item.outputDimensionality === 'number') request.dimensions = item.outputDimensionality;
}

/** Several texts of one content make one vector: they are one input. */
function readContent(content: Json | undefined, path: string): string | MediaPart {
  const parts = isObject(content) ? listOf(content.parts) : undefined;
  if (parts === undefined) throw new TranslateError('invalid-input', 'content is not specified', path);
  const texts: string[] = [];
  for (const raw of parts) {
    const part = isObject(raw) ? named(raw) : {};
    if (typeof part.text === 'string') texts.push(part.text);
    else if (parts.length === 1) {
      const media = isObject(part.inlineData)
        ? decodeBlob(part.inlineData)
        : isObject(part.fileData)
          ? decodeFile(part.fileData)
          : undefined;
      if (media !== undefined) return media;
    }
  }
  if (texts.length < parts.length) {
    throw new TranslateError('unsupported', 'only a content of texts, or of one file, can be embedded', path);
  }
  return texts.join('\n');
}

export const encodeEmbedRequest: Translator<EmbedRequest, EncodedRequest> = (request, context) => {
  const own = ownFields(request.extensions);
  if (Array.isArray(own?.$items)) return writeBack(own.$items, own.$batch === true);
  const warnings: Warning[] = [];
  const model = `models/${context.model.id === '' ? request.model : context.model.id}`;
  const requests = request.input.map((input, index) => encodeItem(input, model, request, index));
  if (request.endUser !== undefined) {
    warnings.push({
      code: 'dropped',
      path: '/endUser',
      message: "the service has no counterpart of 'endUser'",
    });
  }
  for (const dialect in request.extensions) {
    for (const key in request.extensions[dialect]) {
      if (isMarker(key)) continue;
      const message = `'${key}' of ${dialect} has no counterpart in ${DIALECT}`;
      warnings.push({ code: 'dropped', path: `/extensions/${dialect}/${key}`, message });
    }
  }
  const [only] = requests;
  const output: EncodedRequest =
    requests.length === 1 && only !== undefined
      ? { endpoint: 'embed', body: only }
      : { endpoint: 'batchEmbed', body: { requests } };
  const translated: Translated<EncodedRequest> = { output };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function writeBack(items: Json[], isBatch: boolean): Translated<EncodedRequest> {
  if (isBatch) return { output: { endpoint: 'batchEmbed', body: { requests: items } } };
  return { output: { endpoint: 'embed', body: items[0] ?? {} } };
}

function encodeItem(
  input: EmbedRequest['input'][number],
  model: string,
  { dimensions, task }: EmbedRequest,
  index: number,
): JsonObject {
  if (Array.isArray(input)) {
    throw new TranslateError('unsupported', 'the service takes text, not tokens', `/input/${index}`);
  }
  const part = typeof input === 'string' ? { text: input } : writeBackMedia(input, undefined);
  const item: JsonObject = { model, content: { parts: [part] } };
  if (task !== undefined) item.taskType = task;
  if (dimensions !== undefined) item.outputDimensionality = dimensions;
  return item;
}

export const decodeEmbedResponse: Translator<WireResponse, EmbedResponse> = ({ body }, context) => {
  const list = isObject(body) ? (Array.isArray(body.embeddings) ? body.embeddings : [body.embedding]) : [];
  const vectors: number[][] = [];
  for (let at = 0; at < list.length; at++) {
    const item = list[at];
    if (!isObject(item) || !isVector(item.values)) {
      throw new TranslateError('invalid-input', 'this is no vector', `/body/embeddings/${at}`);
    }
    vectors.push(item.values);
  }
  if (!isObject(body)) throw new TranslateError('invalid-input', 'the reply has no vectors', '/body');
  const response: EmbedResponse = {
    model: context.model.id,
    vectors,
    usage: decodeUsage(body.usageMetadata),
    extensions: { [DIALECT]: leftover(body, REPLY_FIELDS) ?? {} },
  };
  return { output: response };
};

function isVector(value: Json | undefined): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const each of value) if (typeof each !== 'number') return false;
  return true;
}

export const encodeEmbed: Translator<EmbedResponse, Json> = (response, context) => {
  const isBatch = isObject(context.memo) && context.memo.batch === true;
  const [first = []] = response.vectors;
  const body: JsonObject = isBatch
    ? { embeddings: response.vectors.map((values) => ({ values })) }
    : { embedding: { values: first } };
  const usage = encodeUsage(response.usage);
  if (usage !== undefined) body.usageMetadata = usage;
  writeFields(body, ownFields(response.extensions));
  return { output: body };
};
