import {
  isObject,
  type JsonObject,
  type ModelInfo,
  TranslateError,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';

/** `GET /v1/models`. Models that neither chat nor embed are left out: nothing here can call them. */
export const decodeModels: Translator<WireResponse, ModelInfo[]> = ({ body }) => {
  if (!isObject(body) || !Array.isArray(body.models)) {
    throw new TranslateError('invalid-input', 'The reply is not a list of models', '/body/models');
  }
  const models: ModelInfo[] = [];
  for (const entry of body.models) {
    const model = isObject(entry) ? decodeEntry(entry) : undefined;
    if (model !== undefined) models.push(model);
  }
  return { output: models };
};

function decodeEntry(entry: JsonObject): ModelInfo | undefined {
  const { name, endpoints, features } = entry;
  if (typeof name !== 'string' || name === '' || entry.is_deprecated === true) return undefined;
  const isListed = Array.isArray(endpoints);
  const isChat = !isListed || endpoints.includes('chat');
  if (!isChat && !endpoints.includes('embed')) return undefined;
  const model: ModelInfo = {
    id: name,
    input: ['text'],
    output: [isChat ? 'text' : 'embedding'],
    features: [],
  };
  if (typeof entry.context_length === 'number' && entry.context_length > 0) {
    model.contextTokens = entry.context_length;
  }
  const isTold = Array.isArray(features);
  const abilities = isTold ? features : [];
  if (abilities.includes('vision') || (isListed && endpoints.includes('embed_image')))
    model.input.push('image');
  // An entry without the field does not say that the model can do nothing.
  if (!isChat || !isTold) return model;
  model.features.push('stream');
  if (abilities.includes('tools')) model.features.push('tools');
  if (abilities.includes('reasoning')) model.features.push('reasoning');
  if (abilities.includes('json_schema')) model.features.push('json-schema');
  return model;
}
