import type { JsonObject } from '@dragoman/plugin-sdk';

/** A tool takes an object: a schema that says otherwise is replaced, one that only forgot to say so is completed. */
export function toToolSchema(schema: JsonObject): { schema: JsonObject; isChanged: boolean } {
  if (schema.type === 'object') return { schema, isChanged: false };
  if (schema.type === undefined && schema.anyOf === undefined && schema.oneOf === undefined) {
    return { schema: { ...schema, type: 'object' }, isChanged: false };
  }
  if (schema.type !== undefined) return { schema: { type: 'object', properties: {} }, isChanged: true };
  return { schema: { ...schema, type: 'object' }, isChanged: false };
}
