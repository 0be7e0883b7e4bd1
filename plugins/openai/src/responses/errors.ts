import type {
  EncodedError,
  Json,
  JsonObject,
  Translator,
  UpstreamError,
  WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeError as decodeChatError, readErrorBody } from '../decode-error.ts';
import { isObject } from '../dialect.ts';
import { encodeError as encodeChatError, encodeErrorBody } from '../encode-error.ts';
import { DIALECT } from './dialect.ts';

/** Both APIs of the service write errors alike. */
export const decodeError: Translator<WireResponse, UpstreamError> = (response, context) => {
  const { output } = decodeChatError(response, context);
  return { output: asOwn(output) };
};

export const encodeError: Translator<UpstreamError, EncodedError> = (error, context) =>
  encodeChatError(asChat(error), context);

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
