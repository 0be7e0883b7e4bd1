import { isObject, type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import type { Build } from './build.ts';
import { isInBounds, numberOf, toList } from './value.ts';

/** More properties than this are a way to fill memory, not a wish. */
const maxProperties = 1000;

export function buildObject(keywords: JsonObject, open: string[], build: Build): JsonObject | undefined {
  const properties = isObject(keywords.properties) ? keywords.properties : {};
  const names = neededNames(keywords, properties);
  const least = numberOf(keywords.minProperties, 0);
  if (Math.max(least, names.size) > maxProperties) {
    throw new TranslateError('unsupported', `${least} properties are too many to fill in offline`);
  }
  const entries = new Map<string, Json>();
  for (const name of names) {
    const value = build(propertySchema(keywords, properties, name), open);
    if (value === undefined) return undefined;
    entries.set(name, value);
  }
  for (const name of spareNames(properties, least)) {
    if (entries.size >= least) break;
    const value = entries.has(name) ? undefined : build(propertySchema(keywords, properties, name), open);
    if (value !== undefined) entries.set(name, value);
  }
  // Not assignment: a property may be called `__proto__`.
  return isInBounds(keywords, entries.size, 'Properties') ? Object.fromEntries(entries) : undefined;
}

/** Required names in the order the schema declares its properties, and what they bring along. */
function neededNames(keywords: JsonObject, properties: JsonObject): Set<string> {
  const required = toList(keywords.required).filter((name) => typeof name === 'string');
  const names = new Set([...Object.keys(properties).filter((name) => required.includes(name)), ...required]);
  const dependent = isObject(keywords.dependentRequired) ? keywords.dependentRequired : {};
  for (const name of names) {
    if (!Object.hasOwn(dependent, name)) continue;
    for (const other of toList(dependent[name])) if (typeof other === 'string') names.add(other);
  }
  return names;
}

function propertySchema(keywords: JsonObject, properties: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(properties, name)) return properties[name];
  return keywords.additionalProperties;
}

function spareNames(properties: JsonObject, count: number): string[] {
  return [...Object.keys(properties), ...Array.from({ length: count }, (_, index) => `property${index + 1}`)];
}
