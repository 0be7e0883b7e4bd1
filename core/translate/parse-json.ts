import type { Json } from '@dragoman/plugin-sdk';

/**
 * `JSON.parse` makes `__proto__` an own key, which a translator that copies unknown keys with `out[key] = value` would
 * turn into a prototype. Such keys are left out. The text is searched first: the reviver costs many times the parse.
 */
export function parseJson(text: string): Json {
  if (text.includes('__proto__') || text.includes('\\u005')) {
    return JSON.parse(text, (key, value: Json) => (key === '__proto__' ? undefined : value)) as Json;
  }
  return JSON.parse(text) as Json;
}
