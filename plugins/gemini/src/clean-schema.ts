import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

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

/** What the steps of one cleaning share. */
interface Cleaning {
  root: JsonObject;
  lost: Set<string>;
  /** References that are being followed. */
  open: Set<string>;
  /** How many were put in so far. */
  inlined: number;
}

/** References into references may multiply without end. */
const MAX_INLINED = 200;

/** A JSON Schema as the service takes it. What it cannot hold is written into descriptions. */
export function cleanSchema(schema: JsonObject): CleanedSchema {
  const lost = new Set<string>();
  return {
    schema: cleanObject(schema, { root: schema, lost, open: new Set(), inlined: 0 }),
    lost: [...lost],
  };
}

function cleanObject(schema: JsonObject, cleaning: Cleaning): JsonObject {
  const clean: JsonObject = {};
  const hints: string[] = [];
  let reference: Json | undefined;
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined || SILENT.has(key) || key.startsWith('x-')) continue;
    if (KEPT.has(key)) clean[key] = value;
    else if (key === '$ref') reference = value;
    else if (key === 'const') cleanConst(clean, value);
    else if (SCHEMA_MAPS.has(key)) addMap(clean, key, cleanMap(value, cleaning));
    else if (key === 'items' || key === 'additionalProperties') clean[key] = cleanAny(value, cleaning);
    else if (key === 'anyOf' || key === 'oneOf' || key === 'prefixItems') {
      clean[key === 'oneOf' ? 'anyOf' : key] = cleanList(value, cleaning);
    } else if (key !== 'allOf' || !Array.isArray(value)) {
      cleaning.lost.add(key);
      hints.push(`${key}: ${JSON.stringify(value)}`);
    }
  }
  if (Array.isArray(schema.allOf)) {
    for (const branch of schema.allOf) if (isObject(branch)) merge(clean, cleanObject(branch, cleaning));
  }
  if (hints.length > 0) {
    const hint = `{${hints.join(', ')}}`;
    clean.description = typeof clean.description === 'string' ? `${clean.description}\n\n${hint}` : hint;
  }
  return reference === undefined ? clean : withReference(clean, reference, cleaning);
}

function addMap(clean: JsonObject, key: string, map: Json): void {
  const name = key === 'definitions' ? '$defs' : key;
  const known = clean[name];
  clean[name] = isObject(known) && isObject(map) ? { ...known, ...map } : map;
}

/** A reference must stand alone but for names that start with `$`: what is said beside it goes around it. */
function withReference(clean: JsonObject, raw: Json, cleaning: Cleaning): JsonObject {
  const reference = readReference(raw);
  const target = targetOf(reference, cleaning);
  if (target !== undefined) return { ...target, ...clean };
  for (const key in clean) {
    if (key.startsWith('$')) continue;
    clean.anyOf = [{ $ref: reference }];
    return clean;
  }
  clean.$ref = reference;
  return clean;
}

/** The service knows `$defs` only, and older writers `definitions` only. */
function readReference(raw: Json): Json {
  return typeof raw === 'string' ? raw.replace(/^#\/definitions\//, '#/$defs/') : raw;
}

/** What stands at another place than `$defs`, where the service does not look: it is put in, once on each way down. */
function targetOf(reference: Json, cleaning: Cleaning): JsonObject | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#/') || reference.startsWith('#/$defs/'))
    return undefined;
  if (cleaning.open.has(reference) || cleaning.inlined++ >= MAX_INLINED) return { type: 'object' };
  let place: Json | undefined = cleaning.root;
  for (const step of reference.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(place)) place = place[Number(key)];
    else place = isObject(place) && Object.hasOwn(place, key) ? place[key] : undefined;
  }
  if (!isObject(place)) return undefined;
  cleaning.open.add(reference);
  const target = cleanObject(place, cleaning);
  cleaning.open.delete(reference);
  return target;
}

function cleanConst(clean: JsonObject, value: Json): void {
  clean.enum = [value];
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'boolean') clean.type ??= type;
}

/** Names of properties are the caller's own, whatever keyword they look like. */
function cleanMap(value: Json, cleaning: Cleaning): Json {
  if (!isObject(value)) return value;
  const map: JsonObject = {};
  for (const name in value) map[name] = cleanAny(value[name] ?? null, cleaning);
  return map;
}

function cleanList(value: Json, cleaning: Cleaning): Json {
  return Array.isArray(value) ? value.map((item) => cleanAny(item, cleaning)) : value;
}

function cleanAny(value: Json, cleaning: Cleaning): Json {
  return isObject(value) ? cleanObject(value, cleaning) : value;
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
