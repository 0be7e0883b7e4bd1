import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/** A tool takes an object: a schema that says otherwise is replaced, one that only forgot to say so is completed. */
export function toToolSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  if (schema.type === 'object') return { schema, isChanged: false };
  if (schema.type === undefined && schema.anyOf === undefined && schema.oneOf === undefined) {
    return { schema: { ...schema, type: 'object' }, isChanged: false };
  }
  if (schema.type !== undefined) return { schema: { type: 'object', properties: {} }, isChanged: true };
  return { schema: { ...schema, type: 'object' }, isChanged: false };
}

/** Limits that a model held to a schema does not keep; the service refuses them. */
const LIMITS = new Set([
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
const MAPS = new Set(['properties', '$defs', 'definitions']);
const LISTS = new Set(['items', 'anyOf', 'oneOf', 'allOf']);

/** Every object closed, and limits told in the description, where the model still reads them. */
export function toClosedSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  const changes = { count: 0 };
  return { schema: close(schema, changes), isChanged: changes.count > 0 };
}

function close(schema: JsonObject, changes: { count: number }): JsonObject {
  const closed: JsonObject = {};
  const told: string[] = [];
  for (const key in schema) {
    const value = schema[key];
    if (LIMITS.has(key) || (key === 'minItems' && value !== 0 && value !== 1)) {
      told.push(`${key}: ${JSON.stringify(value)}`);
    } else if (MAPS.has(key) && isObject(value)) {
      const map: JsonObject = {};
      for (const name in value) map[name] = closeAny(value[name], changes);
      closed[key] = map;
    } else closed[key === 'oneOf' ? 'anyOf' : key] = LISTS.has(key) ? closeAny(value, changes) : value;
  }
  if (closed.type === 'object' || isObject(closed.properties)) {
    if (closed.additionalProperties !== undefined && closed.additionalProperties !== false) changes.count++;
    closed.additionalProperties = false;
  }
  if (told.length > 0) {
    changes.count++;
    const hint = `{${told.join(', ')}}`;
    closed.description = typeof closed.description === 'string' ? `${closed.description}\n\n${hint}` : hint;
  }
  return closed;
}

function closeAny(value: Json | undefined, changes: { count: number }): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => closeAny(item, changes) ?? null);
  return isObject(value) ? close(value, changes) : value;
}
