import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';

/** The names of the service's own schemas in the corpus. */
export type SchemaName = 'AnthropicMessageCreateParams' | 'AnthropicMessage' | 'AnthropicStreamEvent';

/**
 * A check against the schema made from the service's own client, relaxed as real traffic needs it: null is allowed
 * wherever a field is optional, the tool blocks of betas are not in it, and fields that came with the API of
 * 2026-10-21 may be missing. Returns the complaints, none if valid.
 */
export function loadSchema(name: SchemaName): (value: Json) => string[] {
  const schema = JSON.parse(
    readFileSync(join(corpus, 'schemas', 'anthropic', `${name}.schema.json`), 'utf8'),
  );
  delete schema.$schema;
  const validate = new Ajv({ strict: false, allErrors: false }).compile(relax(schema));
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

/** Fields every message of 2026-10-21 has and older ones do not. */
const LATE = new Set([
  'container',
  'diagnostics',
  'stop_details',
  'context_management',
  'cache_creation',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'inference_geo',
  'output_tokens_details',
  'server_tool_use',
  'service_tier',
  'speed',
  'citations',
  'caller',
  'file_id',
  'recommended_model',
]);

function relax(schema: JsonObject): JsonObject {
  const relaxed: JsonObject = {};
  for (const key in schema) {
    const value = schema[key];
    if (key === 'required' && Array.isArray(value)) {
      relaxed.required = value.filter((name) => typeof name === 'string' && !LATE.has(name));
    } else if (key === 'properties') {
      relaxed.properties = relaxProperties(value as JsonObject, schema.required);
    } else {
      relaxed[key] = relaxAny(value);
    }
  }
  return relaxed;
}

function relaxProperties(properties: JsonObject, required: Json | undefined): JsonObject {
  const relaxed: JsonObject = {};
  for (const name in properties) {
    const property = relaxAny(properties[name]) ?? {};
    const isNeeded = Array.isArray(required) && required.includes(name) && !LATE.has(name);
    relaxed[name] = isNeeded ? property : { anyOf: [property, { type: 'null' }] };
  }
  return relaxed;
}

function relaxAny(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => relaxAny(item) ?? null);
  return typeof value === 'object' && value !== null ? relax(value) : value;
}
