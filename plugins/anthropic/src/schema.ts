import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/**
 * A tool's schema as the service takes it: an object at the root without `anyOf`, `oneOf` or `allOf` there.
 * Alternatives become one object with all their properties; only what every member of `allOf` requires stays required.
 */
export function toInputSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  const hasUnion = schema.anyOf !== undefined || schema.oneOf !== undefined || schema.allOf !== undefined;
  if (!hasUnion && schema.type === 'object') return { schema, isChanged: false };
  const flat: JsonObject = {};
  for (const key in schema) {
    if (key !== 'anyOf' && key !== 'oneOf' && key !== 'allOf') flat[key] = schema[key];
  }
  flat.type = 'object';
  const properties: JsonObject = {};
  if (isObject(schema.properties)) Object.assign(properties, schema.properties);
  const required = new Set<Json>(Array.isArray(schema.required) ? schema.required : []);
  for (const union of [schema.anyOf, schema.oneOf, schema.allOf]) {
    if (!Array.isArray(union)) continue;
    for (const branch of union) {
      if (!isObject(branch)) continue;
      addMissing(properties, branch.properties);
      if (union !== schema.allOf || !Array.isArray(branch.required)) continue;
      for (const name of branch.required) required.add(name);
    }
  }
  flat.properties = properties;
  if (required.size > 0) flat.required = [...required];
  // A schema that names no type and no alternatives is an object in all but name.
  return { schema: flat, isChanged: hasUnion || schema.type !== undefined };
}

function addMissing(properties: JsonObject, more: Json | undefined): void {
  if (!isObject(more)) return;
  for (const name in more) properties[name] ??= more[name];
}

/** Keywords constrained decoding does not take. */
const UNSUPPORTED = new Set([
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
]);
/** Keywords whose value maps names to schemas, and those whose value is a schema or a list of them. */
const SCHEMA_MAPS = new Set(['properties', '$defs', 'definitions']);
const SCHEMAS = new Set(['items', 'anyOf', 'oneOf', 'allOf']);

/**
 * A schema as `output_config.format` takes it: every object closed, and limits the decoder cannot hold written into
 * the description, where the model still reads them.
 */
export function toOutputSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  const changes = { count: 0 };
  return { schema: closeSchema(schema, changes), isChanged: changes.count > 0 };
}

function closeSchema(schema: JsonObject, changes: { count: number }): JsonObject {
  const closed: JsonObject = {};
  const hints: string[] = [];
  for (const key in schema) {
    const value = schema[key];
    if (UNSUPPORTED.has(key) || (key === 'minItems' && value !== 0 && value !== 1)) {
      hints.push(`${key}: ${JSON.stringify(value)}`);
    } else if (SCHEMA_MAPS.has(key) && isObject(value)) {
      const map: JsonObject = {};
      for (const name in value) map[name] = closeAny(value[name], changes);
      closed[key] = map;
    } else if (SCHEMAS.has(key)) {
      closed[key === 'oneOf' ? 'anyOf' : key] = closeAny(value, changes);
    } else {
      closed[key] = value;
    }
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

function closeAny(value: Json | undefined, changes: { count: number }): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => closeAny(item, changes) ?? null);
  return isObject(value) ? closeSchema(value, changes) : value;
}
