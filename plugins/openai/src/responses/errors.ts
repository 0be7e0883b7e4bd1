import {
  type EncodedError,
  isObject,
  type Json,
  type JsonObject,
  type Translator,
  type UpstreamError,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeError as decodeChatError, readErrorBody } from '../decode-error.ts';

import { encodeError as encodeChatError, encodeErrorBody } from '../encode-error.ts';
import { DIALECT } from './dialect.ts';

/** Both APIs of the service write errors alike. */
export const decodeError: Translator<WireResponse, UpstreamError> = (response, context) => {
  const { output } = decodeChatError(response, context);
  return { output: asOwn(output) };
};

export const encodeError: Translator<UpstreamError, EncodedError> = (error, context) => {
  const encoded = encodeChatError(asChat(error), context);
  const word = error.code === undefined ? undefined : UNKNOWN_REPLIES[error.code];
  const { body } = encoded.output;
  if (word === undefined || !isObject(body) || !isObject(body.error)) return encoded;
  return { output: { ...encoded.output, body: { error: { ...body.error, ...word } } } };
};

/** The words clients of this API look for, by the host's own code. */
const UNKNOWN_REPLIES: Record<string, JsonObject> = {
  GW_REPLY_UNKNOWN: { code: null },
  GW_REPLY_PREVIOUS_UNKNOWN: { code: 'previous_response_not_found', param: 'previous_response_id' },
};

/** An `error` event, or the `error` of a reply that failed. */
export function readError(body: Json): UpstreamError {
  const isBare = isObject(body) && body.error === undefined && body.type === 'error';
  if (!isBare) return asOwn(readErrorBody(body, undefined));
  // The `type` of the event is not the type of the error.
  const { type: _, ...error } = body;
  return { ...readErrorBody({ error }, undefined), raw: { dialect: DIALECT, value: body } };
}

/** The fields of the `error` event an error of this dialect came as; `undefined` when it came otherwise. */
export function ownEvent({ raw }: UpstreamError): JsonObject | undefined {
  if (raw?.dialect !== DIALECT || !isObject(raw.value) || raw.value.type !== 'error') return undefined;
  const { type: _, ...fields } = raw.value;
  return fields;
}

/** The error itself: `message`, `code`, `param`, `type`. */
export function writeError(error: UpstreamError): JsonObject {
  const body = encodeErrorBody(asChat(error));
  return isObject(body.error) ? body.error : {};
}

function asOwn(error: UpstreamError): UpstreamError {
  return error.raw === undefined ? error : { ...error, raw: { dialect: DIALECT, value: error.raw.value } };
}

/** Only an error of this dialect goes back as it came. */
function asChat(error: UpstreamError): UpstreamError {
  const { raw, ...bare } = error;
  return raw?.dialect === DIALECT ? { ...bare, raw: { dialect: 'openai-chat', value: raw.value } } : bare;
}
