import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/**
 * Keywords the reference lists for `parametersJsonSchema` and `responseJsonSchema` (generationConfig, seen 2026-11).
 * The rest is refused or passed over, depending on the model.
 */
const KEPT = new Set([
  '$id',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'required',
  'propertyOrdering',
  'default',
]);
/** Keywords that say nothing about which values are right. */
const SILENT = new Set([
  '$schema',
  '$comment',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  'discriminator',
]);
const SCHEMA_MAPS = new Set(['properties', '$defs', 'definitions']);

export interface CleanedSchema {
  schema: JsonObject;
  /** Keywords that now stand in descriptions, where the model reads them and no decoder enforces them. */
  lost: string[];
}

/** A JSON Schema as the service takes it. What it cannot hold is written into descriptions. */
export function cleanSchema(schema: JsonObject): CleanedSchema {
  const lost = new Set<string>();
  return { schema: cleanObject(schema, lost), lost: [...lost] };
}

function cleanObject(schema: JsonObject, lost: Set<string>): JsonObject {
  const clean: JsonObject = {};
  const hints: string[] = [];
  let reference: Json | undefined;
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined || SILENT.has(key) || key.startsWith('x-')) continue;
    if (KEPT.has(key)) clean[key] = value;
    else if (key === '$ref') reference = value;
    else if (key === 'const') cleanConst(clean, value);
    else if (SCHEMA_MAPS.has(key)) clean[key] = cleanMap(value, lost);
    else if (key === 'items' || key === 'additionalProperties') clean[key] = cleanAny(value, lost);
    else if (key === 'anyOf' || key === 'oneOf' || key === 'prefixItems') {
      clean[key === 'oneOf' ? 'anyOf' : key] = cleanList(value, lost);
    } else if (key !== 'allOf' || !Array.isArray(value)) {
      lost.add(key);
      hints.push(`${key}: ${JSON.stringify(value)}`);
    }
  }
  if (Array.isArray(schema.allOf)) {
    for (const branch of schema.allOf) if (isObject(branch)) merge(clean, cleanObject(branch, lost));
  }
  if (hints.length > 0) {
    const hint = `{${hints.join(', ')}}`;
    clean.description = typeof clean.description === 'string' ? `${clean.description}\n\n${hint}` : hint;
  }
  return reference === undefined ? clean : withReference(clean, reference);
}

/** A reference must stand alone but for names that start with `$`: what is said beside it goes around it. */
function withReference(clean: JsonObject, reference: Json): JsonObject {
  for (const key in clean) {
    if (key.startsWith('$')) continue;
    clean.anyOf = [{ $ref: reference }];
    return clean;
  }
  clean.$ref = reference;
  return clean;
}

function cleanConst(clean: JsonObject, value: Json): void {
  clean.enum = [value];
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'boolean') clean.type ??= type;
}

/** Names of properties are the caller's own, whatever keyword they look like. */
function cleanMap(value: Json, lost: Set<string>): Json {
  if (!isObject(value)) return value;
  const map: JsonObject = {};
  for (const name in value) map[name] = cleanAny(value[name] ?? null, lost);
  return map;
}

function cleanList(value: Json, lost: Set<string>): Json {
  return Array.isArray(value) ? value.map((item) => cleanAny(item, lost)) : value;
}

function cleanAny(value: Json, lost: Set<string>): Json {
  return isObject(value) ? cleanObject(value, lost) : value;
}

/** All of several: what the first says stays, properties and requirements add up. */
function merge(target: JsonObject, more: JsonObject): void {
  for (const key in more) {
    const value = more[key];
    const known = target[key];
    if (key === 'properties' && isObject(known) && isObject(value)) target[key] = { ...value, ...known };
    else if (key === 'required' && Array.isArray(known) && Array.isArray(value)) {
      target[key] = [...new Set([...known, ...value])];
    } else if (known === undefined) target[key] = value;
  }
}
