import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';
import { relaxSchema } from '../relax-schema.ts';

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
  document ??= relaxSchema(
    JSON.parse(readFileSync(join(corpus, 'schemas', 'openai', 'openapi.json'), 'utf8')).components,
  );
  const schema = { $ref: `#/components/schemas/${name}`, components: document };
  const validate = new Ajv({ strict: false, validateFormats: false, discriminator: false }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}
