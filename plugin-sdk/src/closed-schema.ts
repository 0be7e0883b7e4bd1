import type { Json, JsonObject } from './json.ts';
import { isObject } from './json-shape.ts';

/** Keywords a grammar for constrained decoding cannot hold. */
const unsupported = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
  'contains',
  'minContains',
  'maxContains',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'unevaluatedProperties',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'contentEncoding',
  'contentMediaType',
  'not',
  'if',
  'then',
  'else',
]);
/** Formats it can; https://platform.claude.com/docs/en/build-with-claude/structured-outputs, seen 2026-11. */
const formats: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** Keywords whose value maps names to schemas, and those whose value is a schema or a list of them. */
const schemaMaps = new Set(['properties', '$defs', 'definitions']);
const schemas = new Set(['items', 'anyOf', 'oneOf', 'allOf']);

/**
 * A JSON Schema as services take it that hold a model to one, Claude's above all: every object closed, and limits the
 * decoder cannot hold written into the description, where the model still reads them. `isChanged`: something that was
 * enforced by the schema no longer is.
 */
export function closeSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  const changes = { count: 0 };
  return { schema: close(schema, changes), isChanged: changes.count > 0 };
}

function close(schema: JsonObject, changes: { count: number }): JsonObject {
  const closed: JsonObject = {};
  const hints: string[] = [];
  for (const key in schema) {
    const value = schema[key];
    if (isLost(key, value)) hints.push(`${key}: ${JSON.stringify(value)}`);
    else if (schemaMaps.has(key)) closed[key] = closeMap(value, changes);
    else if (schemas.has(key)) closed[key === 'oneOf' ? 'anyOf' : key] = closeAny(value, changes);
    else if (key !== '$schema') closed[key] = value;
  }
  if (closed.type === 'object' || isObject(closed.properties)) {
    if (closed.additionalProperties !== undefined && closed.additionalProperties !== false) changes.count++;
    closed.additionalProperties = false;
  }
  if (hints.length > 0) {
    changes.count++;
    const hint = `{${hints.join(', ')}}`;
    closed.description = typeof closed.description === 'string' ? `${closed.description}\n\n${hint}` : hint;
  }
  return closed;
}

function isLost(key: string, value: Json | undefined): boolean {
  if (key === 'minItems') return value !== 0 && value !== 1;
  if (key === 'format') return !formats.has(value);
  return unsupported.has(key);
}

/** Names of properties are the caller's own, whatever keyword they look like. */
function closeMap(value: Json | undefined, changes: { count: number }): Json | undefined {
  if (!isObject(value)) return value;
  const map: JsonObject = {};
  for (const name in value) map[name] = closeAny(value[name], changes);
  return map;
}

function closeAny(value: Json | undefined, changes: { count: number }): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => closeAny(item, changes) ?? null);
  return isObject(value) ? close(value, changes) : value;
}
