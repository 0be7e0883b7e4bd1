import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv, type ValidateFunction } from 'ajv';

const file = join(
  resolve(import.meta.dirname, '../../../shared/corpus'),
  'schemas/openresponses/openapi.json',
);

/** Why there is nothing to hold replies to; false when there is. */
export const noSpecification = existsSync(file) ? false : 'the specification is not on this machine';

const compiled = new Map<string, ValidateFunction>();
let document: { schemas: Record<string, JsonObject> } | undefined;

function components(): { schemas: Record<string, JsonObject> } {
  document ??= (JSON.parse(readFileSync(file, 'utf8')) as { components: typeof document }).components;
  return document as { schemas: Record<string, JsonObject> };
}

/** What the Open Responses specification has against a value; nothing when it is valid, or when there is none here. */
export function specFaults(name: string, value: Json): string[] {
  if (noSpecification !== false) return [];
  let validate = compiled.get(name);
  if (validate === undefined) {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    validate = ajv.compile({ $ref: `#/components/schemas/${name}`, components: components() });
    compiled.set(name, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message}`);
}

/** The same for an event of a stream, by its type. */
export function eventFaults(event: JsonObject): string[] {
  if (noSpecification !== false) return [];
  if (event.type === 'error' && event.status !== undefined) return specFaults('WebSocketErrorEvent', event);
  const { schemas } = components();
  for (const name in schemas) {
    if (!name.endsWith('StreamingEvent')) continue;
    const { type } = (schemas[name]?.properties ?? {}) as { type?: { enum?: string[] } };
    if (type?.enum?.includes(String(event.type))) return specFaults(name, event);
  }
  return [`the specification has no event ${String(event.type)}`];
}
