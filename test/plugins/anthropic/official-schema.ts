import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';
import { relaxSchema } from '../relax-schema.ts';

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
  const validate = new Ajv({ strict: false, allErrors: false }).compile(relaxSchema(schema, { late: LATE }));
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
