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
export const encodeModels: Translator<ModelInfo[], Json> = (models) => ({
  output: { models: models.map(toWire) },
});

export const encodeModel: Translator<ModelInfo, Json> = (model) => ({ output: toWire(model) });

function toWire(model: ModelInfo): JsonObject {
  const isEmbedding = model.output.includes('embedding');
  const wire: JsonObject = {
    name: `models/${model.id}`,
    displayName: model.name ?? model.id,
    supportedGenerationMethods: isEmbedding
      ? ['embedContent', 'batchEmbedContents']
      : ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
  if (model.contextTokens !== undefined) wire.inputTokenLimit = model.contextTokens;
  if (model.maxOutputTokens !== undefined) wire.outputTokenLimit = model.maxOutputTokens;
  if (model.features.includes('reasoning')) wire.thinking = true;
  return wire;
}

/** Models that neither generate nor embed (films, images by another method) are left out. */
export const decodeModels: Translator<WireResponse, ModelInfo[]> = ({ body }) => {
  if (!isObject(body) || !Array.isArray(body.models)) {
    throw new TranslateError('invalid-input', 'The reply is not a list of models', '/body/models');
  }
  const models: ModelInfo[] = [];
  for (const item of body.models) {
    const model = isObject(item) ? fromWire(item) : undefined;
    if (model !== undefined) models.push(model);
  }
  return { output: models };
};

/** The list says nothing of media: a Gemini reads all of them, unless it is made for embedding. */
function fromWire(item: JsonObject): ModelInfo | undefined {
  if (typeof item.name !== 'string') return undefined;
  const methods = Array.isArray(item.supportedGenerationMethods) ? item.supportedGenerationMethods : [];
  const id = item.name.startsWith('models/') ? item.name.slice(7) : item.name;
  let model: ModelInfo;
  if (methods.includes('generateContent')) {
    const isGemini = id.startsWith('gemini');
    model = {
      id,
      input: isGemini ? ['text', 'image', 'audio', 'video', 'pdf'] : ['text'],
      output: ['text'],
      features: isGemini ? ['stream', 'tools', 'json-schema'] : ['stream'],
    };
    if (item.thinking === true) model.features.push('reasoning');
    if (methods.includes('createCachedContent')) model.features.push('prompt-cache');
  } else if (methods.includes('embedContent')) {
    model = { id, input: ['text'], output: ['embedding'], features: [] };
  } else return undefined;
  if (typeof item.displayName === 'string') model.name = item.displayName;
  if (typeof item.inputTokenLimit === 'number') model.contextTokens = item.inputTokenLimit;
  if (typeof item.outputTokenLimit === 'number') model.maxOutputTokens = item.outputTokenLimit;
  return model;
}
