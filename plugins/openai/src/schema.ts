import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/**
 * A tool's schema as the service takes it: an object at the root, and `properties` on every object ("object schema
 * missing properties" otherwise). Copies only what it changes.
 */
export function repairSchema(schema: JsonObject): JsonObject {
  const repaired = repairNode(schema);
  if (repaired.type === 'object') return repaired;
  if (repaired.type !== undefined) return { type: 'object', properties: {} };
  return { ...repaired, type: 'object', properties: repaired.properties ?? {} };
}

function repairNode(node: JsonObject): JsonObject {
  let copy: JsonObject | undefined;
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null) continue;
    const repaired = repairField(key, value);
    if (repaired === value) continue;
    copy ??= { ...node };
    copy[key] = repaired;
  }
  if (node.type !== 'object' || node.properties !== undefined) return copy ?? node;
  return { ...(copy ?? node), properties: {} };
}

/** Fields whose value is a schema, a list of them or a map of them; all others hold values. */
function repairField(key: string, value: Json[] | JsonObject): Json {
  switch (key) {
    case 'items':
    case 'additionalProperties':
    case 'not':
    case 'if':
    case 'then':
    case 'else':
    case 'contains':
      return isObject(value) ? repairNode(value) : value;
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
    case 'prefixItems':
      return Array.isArray(value) ? repairList(value) : value;
    case 'properties':
    case '$defs':
    case 'definitions':
    case 'patternProperties':
      return isObject(value) ? repairMap(value) : value;
    default:
      return value;
  }
}

function repairList(list: Json[]): Json[] {
  let copy: Json[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const node = list[index];
    if (!isObject(node)) continue;
    const repaired = repairNode(node);
    if (repaired === node) continue;
    copy ??= list.slice();
    copy[index] = repaired;
  }
  return copy ?? list;
}

function repairMap(map: JsonObject): JsonObject {
  let copy: JsonObject | undefined;
  for (const key in map) {
    const node = map[key];
    if (!isObject(node)) continue;
    const repaired = repairNode(node);
    if (repaired === node) continue;
    copy ??= { ...map };
    copy[key] = repaired;
  }
  return copy ?? map;
}
