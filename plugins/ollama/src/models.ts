import {
  isObject,
  type Json,
  type JsonObject,
  type ModelInfo,
  type TranslateContext,
  TranslateError,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { formatDate, parseDate } from './dates.ts';

/** `/api/tags`. Sizes, digests and quantisation are facts of files, which a gateway has none of. */
export const encodeModels: Translator<ModelInfo[], Json> = (models, context) => ({
  output: { models: models.map((model) => encodeEntry(model, context)) },
});

function encodeEntry(model: ModelInfo, context: TranslateContext): JsonObject {
  return {
    name: model.id,
    model: model.id,
    modified_at: formatDate(model.createdAt, context),
    size: 0,
    digest: '',
    details: encodeDetails(model),
  };
}

function encodeDetails({ ownedBy = '' }: ModelInfo): JsonObject {
  return {
    parent_model: '',
    format: '',
    family: ownedBy,
    families: ownedBy === '' ? [] : [ownedBy],
    parameter_size: '',
    quantization_level: '',
  };
}

/** `/api/show`, from which clients learn what a model can do. */
export const encodeModel: Translator<ModelInfo, Json> = (model, context) => {
  const architecture = model.ownedBy ?? 'dragoman';
  const facts: JsonObject = {
    'general.architecture': architecture,
    'general.basename': model.name ?? model.id,
  };
  if (model.contextTokens !== undefined) facts[`${architecture}.context_length`] = model.contextTokens;
  return {
    output: {
      modelfile: '',
      parameters: '',
      template: '',
      details: encodeDetails(model),
      model_info: facts,
      capabilities: capabilitiesOf(model),
      modified_at: formatDate(model.createdAt, context),
    },
  };
};

function capabilitiesOf({ input, output, features }: ModelInfo): string[] {
  const capabilities: string[] = [];
  if (output.includes('embedding')) capabilities.push('embedding');
  if (output.includes('text')) capabilities.push('completion');
  if (input.includes('image')) capabilities.push('vision');
  if (features.includes('tools')) capabilities.push('tools');
  if (features.includes('reasoning')) capabilities.push('thinking');
  return capabilities;
}

/** The server's list says which models there are and, in newer versions only, what they can do. */
export const decodeModels: Translator<WireResponse, ModelInfo[]> = ({ body }) => {
  if (!isObject(body) || !Array.isArray(body.models)) {
    throw new TranslateError('invalid-input', 'The reply is not a list of models', '/body/models');
  }
  const models: ModelInfo[] = [];
  for (const entry of body.models) {
    if (!isObject(entry)) continue;
    const id = entry.model ?? entry.name;
    if (typeof id === 'string' && id !== '') models.push(decodeEntry(entry, id));
  }
  return { output: models };
};

function decodeEntry(entry: JsonObject, id: string): ModelInfo {
  const model: ModelInfo = { id, input: ['text'], output: ['text'], features: [] };
  const createdAt = parseDate(entry.modified_at);
  if (createdAt !== undefined && createdAt > 0) model.createdAt = createdAt;
  const { capabilities } = entry;
  if (!Array.isArray(capabilities)) return model;
  if (capabilities.includes('vision')) model.input.push('image');
  if (capabilities.includes('embedding')) {
    model.output = ['embedding'];
    return model;
  }
  model.features.push('stream', 'json-schema');
  if (capabilities.includes('tools')) model.features.push('tools');
  if (capabilities.includes('thinking')) model.features.push('reasoning');
  return model;
}
