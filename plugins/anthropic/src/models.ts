import {
  isObject,
  type Json,
  type JsonObject,
  type ModelInfo,
  TranslateError,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';

/** The list is given whole: there is never a next page. */
export const encodeModels: Translator<ModelInfo[], Json> = (models) => {
  const list = models.map(toWire);
  return {
    output: {
      data: list,
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    },
  };
};

export const encodeModel: Translator<ModelInfo, Json> = (model) => ({ output: toWire(model) });

/** An unknown date is the epoch, as the service's reference says. */
function toWire(model: ModelInfo): JsonObject {
  const wire: JsonObject = {
    type: 'model',
    id: model.id,
    display_name: model.name ?? model.id,
    created_at: toDate(model.createdAt ?? 0),
  };
  if (model.contextTokens !== undefined) wire.max_input_tokens = model.contextTokens;
  if (model.maxOutputTokens !== undefined) wire.max_tokens = model.maxOutputTokens;
  return wire;
}

function toDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export const decodeModels: Translator<WireResponse, ModelInfo[]> = ({ body }) => {
  if (!isObject(body) || !Array.isArray(body.data)) {
    throw new TranslateError('invalid-input', 'The reply is not a list of models', '/body');
  }
  const models: ModelInfo[] = [];
  for (const item of body.data) {
    if (isObject(item) && typeof item.id === 'string') models.push(fromWire(item, item.id));
  }
  return { output: models };
};

function fromWire(item: JsonObject, id: string): ModelInfo {
  const model: ModelInfo = { id, input: ['text'], output: ['text'], features: [] };
  if (typeof item.display_name === 'string') model.name = item.display_name;
  if (typeof item.max_input_tokens === 'number') model.contextTokens = item.max_input_tokens;
  if (typeof item.max_tokens === 'number') model.maxOutputTokens = item.max_tokens;
  if (typeof item.created_at === 'string') {
    const milliseconds = Date.parse(item.created_at);
    if (milliseconds > 0) model.createdAt = Math.floor(milliseconds / 1000);
  }
  // Services with this API often list ids only; that says nothing of what a model can do.
  if (!isObject(item.capabilities)) return model;
  const { capabilities } = item;
  model.features.push('stream', 'tools');
  if (isSupported(capabilities.image_input)) model.input.push('image');
  if (isSupported(capabilities.pdf_input)) model.input.push('pdf');
  if (isSupported(capabilities.thinking)) model.features.push('reasoning');
  if (isSupported(capabilities.structured_outputs)) model.features.push('json-schema');
  // Every model of the list caches prompts; there is no capability for it.
  model.features.push('prompt-cache');
  return model;
}

function isSupported(capability: Json | undefined): boolean {
  return isObject(capability) && capability.supported === true;
}
