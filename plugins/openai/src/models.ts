import {
  isObject,
  type Json,
  type JsonObject,
  type ModelInfo,
  TranslateError,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';

export const encodeModels: Translator<ModelInfo[], Json> = (models, context) => {
  const entries: JsonObject[] = [];
  for (const model of models) entries.push(encodeEntry(model, context.now));
  return { output: { object: 'list', data: entries } };
};

export const encodeModel: Translator<ModelInfo, Json> = (model, context) => ({
  output: encodeEntry(model, context.now),
});

/** The two limits are not official; clients of OpenRouter and Groq know them by these names. */
function encodeEntry(model: ModelInfo, now: number): JsonObject {
  const entry: JsonObject = {
    id: model.id,
    object: 'model',
    created: model.createdAt ?? Math.floor(now / 1000),
    owned_by: model.ownedBy ?? 'dragoman',
  };
  if (model.name !== undefined) entry.name = model.name;
  if (model.contextTokens !== undefined) entry.context_length = model.contextTokens;
  if (model.maxOutputTokens !== undefined) entry.max_completion_tokens = model.maxOutputTokens;
  return entry;
}

/** `{ data: [] }`; some services answer with the list alone. Entries without an id are left out. */
export const decodeModels: Translator<WireResponse, ModelInfo[]> = ({ body }) => {
  const list = Array.isArray(body) ? body : isObject(body) ? (body.data ?? body.models) : undefined;
  if (!Array.isArray(list))
    throw new TranslateError('invalid-input', 'the reply has no list of models', '/body/data');
  const models: ModelInfo[] = [];
  for (const entry of list) {
    const model = isObject(entry) ? decodeEntry(entry) : undefined;
    if (model !== undefined) models.push(model);
  }
  return { output: models };
};

function decodeEntry(entry: JsonObject): ModelInfo | undefined {
  const id = entry.id ?? entry.name;
  if (typeof id !== 'string' || id === '') return undefined;
  const model: ModelInfo = { id, input: inputsOf(entry), output: ['text'], features: [] };
  if (typeof entry.name === 'string' && entry.name !== id) model.name = entry.name;
  if (typeof entry.created === 'number') model.createdAt = entry.created;
  if (typeof entry.owned_by === 'string') model.ownedBy = entry.owned_by;
  const context = firstNumber(
    entry.context_length,
    entry.context_window,
    entry.max_context_length,
    entry.max_model_len,
  );
  if (context !== undefined) model.contextTokens = context;
  const output = firstNumber(entry.max_completion_tokens, entry.max_output_tokens, topProvider(entry));
  if (output !== undefined) model.maxOutputTokens = output;
  return model;
}

function topProvider(entry: JsonObject): Json | undefined {
  return isObject(entry.top_provider) ? entry.top_provider.max_completion_tokens : undefined;
}

function firstNumber(...values: (Json | undefined)[]): number | undefined {
  for (const value of values) if (typeof value === 'number' && value > 0) return value;
  return undefined;
}

const INPUTS: Record<string, ModelInfo['input'][number]> = {
  text: 'text',
  image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'pdf',
};

/** OpenRouter says what a model takes; nobody else does. */
function inputsOf(entry: JsonObject): ModelInfo['input'] {
  const list = isObject(entry.architecture) ? entry.architecture.input_modalities : undefined;
  if (!Array.isArray(list)) return ['text'];
  const inputs: ModelInfo['input'] = [];
  for (const word of list) {
    const input = typeof word === 'string' && Object.hasOwn(INPUTS, word) ? INPUTS[word] : undefined;
    if (input !== undefined) inputs.push(input);
  }
  return inputs;
}
