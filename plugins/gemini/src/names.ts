import type { JsonObject } from '@dragoman/plugin-sdk';

const camelNames = new Map<string, string>();
/** Names come from clients: without a bound they would fill the memory of a long-lived process. */
const MAX_NAMES = 500;

function camelOf(name: string): string {
  let camel = camelNames.get(name);
  if (camel === undefined) {
    camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (camelNames.size < MAX_NAMES) camelNames.set(name, camel);
  }
  return camel;
}

/**
 * An object of the API with its fields in camel case. The service takes `snake_case` as well (its JSON is that of
 * protocol buffers), and Google's own Python client sends both. Never for objects whose names are the caller's own:
 * arguments, schemas, labels. Gives the same object back when there is nothing to rename.
 */
export function named(object: JsonObject): JsonObject {
  for (const key in object) {
    if (key.includes('_')) return rename(object);
  }
  return object;
}

function rename(object: JsonObject): JsonObject {
  const renamed: JsonObject = {};
  for (const key in object) {
    const camel = camelOf(key);
    // With both spellings the documented one wins.
    if (camel === key || object[camel] === undefined) renamed[camel] = object[key];
  }
  return renamed;
}
