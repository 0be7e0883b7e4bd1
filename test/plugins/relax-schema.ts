import type { Json, JsonObject } from '@dragoman/plugin-sdk';

export interface Relaxing {
  /** Fields that need not be there though the schema says so. Default: none. */
  late?: ReadonlySet<string>;
  /** A value may fit more than one of several forms. Default: false. */
  anyForm?: boolean;
}

/**
 * A published schema as real traffic needs it: null is allowed wherever a field is optional or the schema says
 * `nullable`, and nothing is told by a discriminator.
 */
export function relaxSchema(schema: JsonObject, relaxing: Relaxing = {}): JsonObject {
  const { nullable, ...rest } = schema;
  if (nullable === true) return { anyOf: [relaxSchema(rest, relaxing), { type: 'null' }] };
  const relaxed: JsonObject = {};
  for (const key in schema) {
    if (key === 'nullable' || key === 'discriminator') continue;
    relaxed[relaxing.anyForm === true && key === 'oneOf' ? 'anyOf' : key] = relaxKey(schema, key, relaxing);
  }
  return relaxed;
}

function relaxKey(schema: JsonObject, key: string, relaxing: Relaxing): Json {
  const { late } = relaxing;
  const value = schema[key] ?? null;
  if (key === 'properties') return relaxProperties(schema, relaxing);
  if (key === 'required' && Array.isArray(value) && late !== undefined)
    return value.filter((name) => typeof name === 'string' && !late.has(name));
  return relaxAny(value, relaxing);
}

function relaxProperties({ properties, required }: JsonObject, relaxing: Relaxing): JsonObject {
  const relaxed: JsonObject = {};
  for (const [name, schema] of Object.entries(properties as JsonObject)) {
    const property = relaxAny(schema ?? {}, relaxing);
    const isNeeded = Array.isArray(required) && required.includes(name) && relaxing.late?.has(name) !== true;
    relaxed[name] = isNeeded ? property : { anyOf: [property, { type: 'null' }] };
  }
  return relaxed;
}

function relaxAny(value: Json, relaxing: Relaxing): Json {
  if (Array.isArray(value)) return value.map((item) => relaxAny(item, relaxing));
  return typeof value === 'object' && value !== null ? relaxSchema(value, relaxing) : value;
}
