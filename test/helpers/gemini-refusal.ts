import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { asObject, RefusalSignal } from './refusal.ts';

/** Ends the check with an error in Google's shape. */
export function refuseGemini(message: string, status = 400, name = 'INVALID_ARGUMENT'): never {
  throw new RefusalSignal({ status, body: { error: { code: status, message, status: name } } }, message);
}

/** An object of which every key is known, in either spelling: Google reads `snake_case` and `camelCase` alike. */
export function onlyNames(
  value: Json | undefined,
  known: readonly string[],
  path: string,
): JsonObject | null {
  if (value === undefined || value === null) return null;
  const object = asObject(value);
  if (object === null) refuseGemini(`Invalid value at '${path}' (expected an object).`);
  const read: JsonObject = {};
  for (const [name, inner] of Object.entries(object)) {
    const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!known.includes(camel)) {
      const where = path === '' ? '' : ` at '${path}'`;
      refuseGemini(`Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`);
    }
    read[camel] = inner;
  }
  return read;
}
