import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import t from 'tap';
import { smallestInstance } from '../../../plugins/offline/src/schema/instance.ts';

const corpus =
  process.env.DRAGOMAN_CORPUS ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'corpus');
const recorded = join(corpus, 'recorded');
const skip = existsSync(recorded) ? false : 'the corpus of recorded traffic is not on this machine';

t.test('schemas that real clients sent are filled in validly', { skip }, async (t) => {
  const schemas = new Map<string, JsonObject>();
  for (const dialect of ['openai-chat', 'mistral', 'anthropic', 'openai-responses']) {
    for (const path of jsonFiles(join(recorded, dialect)))
      collect(JSON.parse(readFileSync(path, 'utf8')).request, schemas);
  }
  t.ok(schemas.size > 20, `${schemas.size} schemas were found`);
  for (const [text, schema] of schemas) {
    const ajv = text.includes('draft-07') ? new Ajv({ strict: false }) : new Ajv2020({ strict: false });
    ajvFormats.default(ajv);
    const instance = smallestInstance(schema);
    t.ok(
      ajv.validate(schema, instance),
      `${text.slice(0, 80)}: ${JSON.stringify(instance)} ${ajv.errorsText()}`,
    );
  }
});

function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

/** Every schema of a tool or of the output, wherever the dialect puts it, the same one once. */
function collect(value: unknown, schemas: Map<string, JsonObject>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const isSchema =
      ['parameters', 'input_schema', 'schema'].includes(key) && typeof inner === 'object' && inner !== null;
    if (isSchema && ('type' in inner || '$ref' in inner))
      schemas.set(JSON.stringify(inner), inner as JsonObject);
    else collect(inner, schemas);
  }
}
