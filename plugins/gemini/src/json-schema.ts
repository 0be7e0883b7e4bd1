import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

import { named } from './names.ts';

/** Limits that the API's own schema writes as text, being 64-bit numbers there. */
const COUNTS = new Set(['maxItems', 'minItems', 'maxLength', 'minLength', 'maxProperties', 'minProperties']);

/**
 * The API's own `Schema` (a subset of OpenAPI 3.0 with types in capitals) as plain JSON Schema, which is what all other
 * services read.
 */
export function fromGeminiSchema(raw: JsonObject): JsonObject {
  const wire = named(raw);
  const schema: JsonObject = {};
  for (const key in wire) {
    const value = wire[key];
    switch (key) {
      case 'type':
        if (typeof value === 'string' && value !== 'TYPE_UNSPECIFIED') schema.type = value.toLowerCase();
        break;
      case 'items':
        schema.items = fromAny(value);
        break;
      case 'anyOf':
        schema.anyOf = Array.isArray(value) ? value.map((branch) => fromAny(branch) ?? null) : value;
        break;
      case 'properties':
        schema.properties = fromProperties(value);
        break;
      case 'example':
        schema.examples = [value ?? null];
        break;
      case 'nullable':
      case 'propertyOrdering':
        break;
      case 'format':
        // `enum` is this API's way to say that a string has fixed values, which `enum` itself says.
        if (value !== 'enum') schema.format = value;
        break;
      default:
        schema[key] = COUNTS.has(key) && typeof value === 'string' ? Number(value) : value;
    }
  }
  return wire.nullable === true ? allowNull(schema) : schema;
}

function fromAny(value: Json | undefined): Json | undefined {
  return isObject(value) ? fromGeminiSchema(value) : value;
}

/** The names of properties are the caller's own. */
function fromProperties(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return value;
  const properties: JsonObject = {};
  for (const name in value) properties[name] = fromAny(value[name]);
  return properties;
}

function allowNull(schema: JsonObject): JsonObject {
  if (typeof schema.type === 'string') schema.type = [schema.type, 'null'];
  else if (Array.isArray(schema.anyOf)) schema.anyOf = [...schema.anyOf, { type: 'null' }];
  if (Array.isArray(schema.enum)) schema.enum = [...schema.enum, null];
  return schema;
}
