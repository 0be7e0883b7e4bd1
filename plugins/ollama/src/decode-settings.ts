import { type CanonicalRequest, isObject, isStrings, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { OPTION } from './dialect.ts';

/** Fields of a request that are read here; the rest stays in the extensions. */
export const SETTINGS = [
  'model',
  'stream',
  'format',
  'think',
  'options',
  'logprobs',
  'top_logprobs',
] as const;

const NUMBERS = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  seed: 'seed',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
} as const;

/** What is not of the documented type stays in the extensions and goes back as it came. */
export function decodeSettings(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (body.stream !== undefined && body.stream !== false) own.$stream = body.stream;
  decodeOptions(body.options, request, own);
  decodeFormat(body.format, request, own);
  decodeThink(body.think, request, own);
  if (body.logprobs === true) {
    request.logprobs = {};
    if (typeof body.top_logprobs === 'number') request.logprobs.top = body.top_logprobs;
    else if (body.top_logprobs !== undefined) own.top_logprobs = body.top_logprobs;
  } else {
    if (body.logprobs !== undefined) own.logprobs = body.logprobs;
    if (body.top_logprobs !== undefined) own.top_logprobs = body.top_logprobs;
  }
}

function decodeOptions(options: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (options === undefined) return;
  if (!isObject(options)) {
    own.options = options;
    return;
  }
  own.$options = true;
  for (const key in options) {
    const value = options[key];
    const word = Object.hasOwn(NUMBERS, key) ? NUMBERS[key as keyof typeof NUMBERS] : undefined;
    if (word !== undefined && typeof value === 'number') request[word] = value;
    else if (key === 'num_predict' && typeof value === 'number' && value > 0) request.maxOutputTokens = value;
    // No limit is what leaving it out means.
    else if (key === 'num_predict' && value === -1) own.$num_predict = value;
    else if (key === 'stop' && isStrings(value)) request.stop = value;
    else if (key === 'stop' && typeof value === 'string') {
      request.stop = [value];
      own.$stop = 'string';
    } else own[OPTION + key] = value;
  }
}

function decodeFormat(format: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (format === undefined) return;
  if (format === 'json') request.output = { format: 'json' };
  else if (isObject(format)) request.output = { format: 'json', schema: format };
  else own.format = format;
}

/** The form it came in is marked, because the hub's word for `true` is also its word for the model's own choice. */
function decodeThink(think: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (think === undefined) return;
  own.$think = think;
  if (think === true) request.reasoning = { effort: 'auto', visibility: 'full' };
  else if (think === false) request.reasoning = { effort: 'none' };
  else if (think === 'low' || think === 'medium' || think === 'high' || think === 'max') {
    request.reasoning = { effort: think, visibility: 'full' };
  } else if (think !== null) {
    delete own.$think;
    own.think = think;
  }
}
