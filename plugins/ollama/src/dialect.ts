import {
  type Extensions,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  TranslateError,
} from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions; those of the prompt routes use it too. */
export const DIALECT = 'ollama';
/** The routes that take a prompt: a dialect of their own towards clients, the same one towards servers. */
export const PROMPT_DIALECT = 'ollama-prompt';
export const FAMILY = 'ollama';

/** The body of a request, which names a model. */
export function requireBody(body: Json): JsonObject & { model: string } {
  if (!isObject(body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  if (typeof body.model !== 'string' || body.model === '') {
    throw new TranslateError('invalid-input', 'model is required', '/model');
  }
  return body as JsonObject & { model: string };
}

/** This dialect's own fields on a request, message, part or tool. */
export function ownFields(extensions: Extensions | undefined): JsonObject | undefined {
  return extensions?.[DIALECT];
}

/** Fields of `options` are kept under names of their own, so that a loss names the option. */
export const OPTION = 'options.';

/** Writes this dialect's own wire fields back; they win over what the hub's words gave. */
export function writeOwn(target: JsonObject, extensions: Extensions | undefined): void {
  const own = ownFields(extensions);
  if (own === undefined) return;
  for (const key in own) {
    if (!isMarker(key) && !key.startsWith(OPTION)) target[key] = own[key];
  }
}
