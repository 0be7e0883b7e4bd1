import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';

export type SchemaName =
  | 'CreateChatCompletionRequest'
  | 'CreateChatCompletionResponse'
  | 'CreateChatCompletionStreamResponse'
  | 'CreateCompletionResponse'
  | 'CreateEmbeddingRequest'
  | 'CreateEmbeddingResponse'
  | 'ListModelsResponse'
  | 'ErrorResponse';

let document: JsonObject | undefined;

/**
 * A check against the service's published description, relaxed as real traffic needs it: null is allowed wherever a
 * field is optional. Returns the complaints, none if valid.
 */
export function loadSchema(name: SchemaName): (value: Json) => string[] {
  document ??= relax(
    JSON.parse(readFileSync(join(corpus, 'schemas', 'openai', 'openapi.json'), 'utf8')).components,
  );
  const schema = { $ref: `#/components/schemas/${name}`, components: document };
  const validate = new Ajv({ strict: false, validateFormats: false, discriminator: false }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

function relax(schema: JsonObject): JsonObject {
  const { nullable, ...rest } = schema;
  if (nullable === true) return { anyOf: [relax(rest), { type: 'null' }] };
  const relaxed: JsonObject = {};
  for (const key in schema) {
    const value = schema[key];
    if (key === 'nullable' || key === 'discriminator') continue;
    relaxed[key] =
      key === 'properties' ? relaxProperties(value as JsonObject, schema.required) : relaxAny(value);
  }
  return relaxed;
}

function relaxProperties(properties: JsonObject, required: Json | undefined): JsonObject {
  const relaxed: JsonObject = {};
  for (const name in properties) {
    const property = relaxAny(properties[name]) ?? {};
    const isNeeded = Array.isArray(required) && required.includes(name);
    relaxed[name] = isNeeded ? property : { anyOf: [property, { type: 'null' }] };
  }
  return relaxed;
}

function relaxAny(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => relaxAny(item) ?? null);
  return typeof value === 'object' && value !== null ? relax(value) : value;
}
