import type { JsonObject } from '@dragoman/plugin-sdk';
import { RefusalSignal } from './refusal.ts';

/** Ends the check with an error in OpenAI's shape. */
export function refuseOpenai(
  message: string,
  param: string | null,
  code: string | null = null,
  status = 400,
): never {
  const body = { error: { message, type: 'invalid_request_error', param, code } };
  throw new RefusalSignal({ status, body }, message);
}

/** An object of which every key is known: OpenAI names the first that is not. */
export function onlyKeys(value: JsonObject, known: readonly string[], path: string): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const param = path === '' ? name : `${path}.${name}`;
    refuseOpenai(`Unknown parameter: '${param}'.`, param, 'unknown_parameter');
  }
}
