import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { asArray, asObject } from './refusal.ts';
import { checkBlocks, type Seen } from './strict-bedrock-blocks.ts';
import { checkToolConfig } from './strict-bedrock-tools.ts';

const FIELDS = new Set([
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'guardrailConfig',
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'outputConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
]);

/** Leaves the check from any depth. */
export class ConverseRefusal extends Error {}

export function refuse(message: string): never {
  throw new ConverseRefusal(message);
}

/** The message with which `Converse` would refuse this body, or null. After the reference of 2026-10 and recorded refusals. */
export function checkConverse(body: JsonObject, model = ''): string | null {
  try {
    check(body, model);
    return null;
  } catch (thrown) {
    if (thrown instanceof ConverseRefusal) return thrown.message;
    throw thrown;
  }
}

function check(body: JsonObject, model: string): void {
  for (const name of Object.keys(body)) if (!FIELDS.has(name)) refuse(`extraneous key [${name}]`);
  const seen: Seen = { calls: [], names: new Set(), cachePoints: 0, hasToolBlocks: false };
  for (const block of asArray(body.system ?? []) ?? refuse('system must be a list')) {
    const { text, cachePoint, ...rest } = asObject(block) ?? {};
    if (Object.keys(rest).length > 0) refuse(`system: extraneous key [${Object.keys(rest)[0]}]`);
    if (cachePoint !== undefined) seen.cachePoints++;
    else if (typeof text !== 'string' || text.trim() === '') refuse('The text field in system is blank.');
  }
  checkTurns(asArray(body.messages) ?? refuse('messages must be a list'), model, seen);
  checkToolConfig(body.toolConfig, seen);
  if (seen.cachePoints > 4) refuse(`Too many cache points: ${seen.cachePoints}`);
  checkInference(asObject(body.inferenceConfig) ?? {});
  checkRest(body);
}

function checkTurns(messages: Json[], model: string, seen: Seen): void {
  let last: Json | undefined;
  for (const [index, message] of messages.entries()) {
    const { role, content, ...rest } = asObject(message) ?? {};
    if (Object.keys(rest).length > 0) refuse(`messages.${index}: extraneous key [${Object.keys(rest)[0]}]`);
    if (role !== 'user' && role !== 'assistant') refuse(`messages.${index}.role is not valid`);
    // A Claude was seen to take it otherwise.
    if (index === 0 && role !== 'user' && !/^$|claude/.test(model))
      refuse('A conversation must start with a user message.');
    if (role === last) {
      refuse('A conversation must alternate between user and assistant roles.');
    }
    const blocks = asArray(content) ?? [];
    if (blocks.length === 0) refuse(`The content field in the Message object at messages.${index} is empty.`);
    checkBlocks(blocks, role, `messages.${index}.content`, seen);
    last = role;
  }
  if (messages.length === 0) refuse('A conversation needs at least one message.');
  if (seen.calls.length > 0) refuse(`Expected toolResult blocks for the following Ids: ${seen.calls.join()}`);
}

function checkInference(config: JsonObject): void {
  for (const [name, value] of Object.entries(config)) {
    switch (name) {
      case 'maxTokens':
        if (!Number.isInteger(value) || Number(value) < 1) refuse('maxTokens must be at least 1');
        break;
      case 'temperature':
      case 'topP':
        if (typeof value !== 'number' || value < 0 || value > 1) refuse(`${name} must be between 0 and 1`);
        break;
      case 'stopSequences':
        if (!Array.isArray(value) || value.length > 2500 || value.some((each) => each === '')) {
          refuse('stopSequences is not valid');
        }
        break;
      default:
        refuse(`inferenceConfig: extraneous key [${name}]`);
    }
  }
}

function checkRest(body: JsonObject): void {
  const tier = asObject(body.serviceTier);
  if (tier !== null && !['default', 'priority', 'flex', 'reserved'].includes(String(tier.type))) {
    refuse('serviceTier.type is not valid');
  }
  const metadata = Object.entries(asObject(body.requestMetadata) ?? {});
  if (metadata.length > 16 || metadata.some(([, value]) => typeof value !== 'string')) {
    refuse('requestMetadata is not valid');
  }
  const format = asObject(asObject(body.outputConfig)?.textFormat);
  if (format === null) return;
  const schema = asObject(asObject(format.structure)?.jsonSchema)?.schema;
  if (format.type !== 'json_schema' || typeof schema !== 'string')
    refuse('outputConfig.textFormat is not valid');
  JSON.parse(schema);
}
