import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

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
