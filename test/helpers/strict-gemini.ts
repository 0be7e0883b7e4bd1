import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { onlyNames, refuseGemini } from './gemini-refusal.ts';
import { asArray, asObject, firstRefusal, type Refusal } from './refusal.ts';
import { checkContents } from './strict-gemini-contents.ts';
import { checkSchema } from './strict-gemini-schema.ts';
import { checkGeminiTools } from './strict-gemini-tools.ts';

/** What the checks need to know besides the body. */
export interface GeminiFacts {
  model: string;
  /** Thought signatures the service takes for its own; null: any. */
  signatures: ReadonlySet<string> | null;
}

/**
 * Refuses what Google's generateContent refuses, in its words as far as they are known (ai.google.dev/api/generate-content
 * and the reports of those it has refused; seen 2026-11).
 */
export function checkGemini(
  request: ReceivedRequest,
  { key, signatures }: { key: string; signatures: ReadonlySet<string> },
): Refusal | null {
  return firstRefusal(() => {
    if (request.headers['x-goog-api-key'] !== key && request.query.key !== key) {
      refuseGemini('API key not valid. Please pass a valid API key.');
    }
    const [, model = '', operation = ''] = /\/models\/([^:]+):(\w+)$/.exec(request.path) ?? [];
    if (operation === 'generateContent' || operation === 'streamGenerateContent') {
      checkBody(request.body, { model, signatures });
    }
  });
}

/** The body alone; for recorded requests. */
export function checkGeminiBody(body: JsonObject, facts: GeminiFacts): Refusal | null {
  return firstRefusal(() => checkBody(body, facts));
}

const topLevel =
  'cachedContent contents generationConfig labels model safetySettings serviceTier store systemInstruction toolConfig tools'.split(
    ' ',
  );

function checkBody(body: JsonObject, facts: GeminiFacts): void {
  const read = onlyNames(body, topLevel, '') ?? {};
  const contents = asArray(read.contents);
  if (contents === null || contents.length === 0) {
    refuseGemini('* GenerateContentRequest.contents: contents is not specified\n');
  }
  const system = onlyNames(read.systemInstruction, ['role', 'parts'], 'system_instruction');
  if (system !== null && (asArray(system.parts) ?? [system.parts]).some((part) => asObject(part) === null)) {
    refuseGemini("Invalid value at 'system_instruction.parts'.");
  }
  checkConfig(read.generationConfig, facts.model);
  checkGeminiTools(read, facts.model);
  checkContents(contents, facts);
}

const configKeys = (
  'candidateCount enableEnhancedCivicAnswers frequencyPenalty imageConfig logprobs maxOutputTokens mediaResolution ' +
  'presencePenalty responseFormat responseJsonSchema responseLogprobs responseMimeType responseModalities responseSchema ' +
  'seed speechConfig stopSequences temperature thinkingConfig topK topP translationConfig'
).split(' ');

function checkConfig(value: Json | undefined, model: string): void {
  const config = onlyNames(value, configKeys, 'generation_config');
  if (config === null) return;
  for (const [name, least, most] of ranges) {
    const number = config[name];
    if (number === undefined || number === null) continue;
    if (typeof number !== 'number' || number < least || number > most) {
      refuseGemini(`* GenerateContentRequest.generation_config.${name}: out of range [${least}, ${most}]\n`);
    }
  }
  if ((asArray(config.stopSequences) ?? []).length > 5) {
    refuseGemini('* GenerateContentRequest.generation_config.stop_sequences: at most 5 are allowed\n');
  }
  checkOutput(config);
  checkThinking(config.thinkingConfig, model);
}

const ranges: readonly [name: string, least: number, most: number][] = [
  ['temperature', 0, 2],
  ['topP', 0, 1],
  ['topK', 1, 1000],
  ['candidateCount', 1, 8],
  ['maxOutputTokens', 1, 1_000_000],
  ['presencePenalty', -2, 2],
  ['frequencyPenalty', -2, 2],
  ['logprobs', 0, 20],
];

function checkOutput(config: JsonObject): void {
  const schemas = ['responseSchema', 'responseJsonSchema'].filter((name) => config[name] !== undefined);
  if (schemas.length === 2) {
    refuseGemini('Only one of response_schema and response_json_schema may be set.');
  }
  if (schemas.length === 1 && !/^(application\/json|text\/x.enum)$/.test(String(config.responseMimeType))) {
    refuseGemini('response_schema is only supported with response_mime_type application/json.');
  }
  if (config.responseSchema !== undefined) {
    checkSchema(config.responseSchema, 'generation_config.response_schema');
  }
}

function checkThinking(value: Json | undefined, model: string): void {
  const keys = ['includeThoughts', 'thinkingBudget', 'thinkingLevel'];
  const thinking = onlyNames(value, keys, 'generation_config.thinking_config');
  if (thinking === null) return;
  if (thinking.thinkingBudget !== undefined && thinking.thinkingLevel !== undefined) {
    refuseGemini('You can only set only one of thinking budget and thinking level.');
  }
  if (thinking.thinkingLevel !== undefined && /gemini-[12]/.test(model)) {
    refuseGemini('Thinking level is not supported for this model.');
  }
  const levels = ['minimal', 'low', 'medium', 'high'];
  if (
    thinking.thinkingLevel !== undefined &&
    !levels.includes(String(thinking.thinkingLevel).toLowerCase())
  ) {
    refuseGemini("Invalid value at 'generation_config.thinking_config.thinking_level'.");
  }
  if (thinking.thinkingBudget === 0 && model.includes('2.5-pro')) {
    refuseGemini('Budget 0 is invalid. This model only works in thinking mode.');
  }
}
