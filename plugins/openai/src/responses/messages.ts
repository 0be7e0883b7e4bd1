import {
  type ClientMessage,
  type DecodedMessage,
  isObject,
  type Json,
  type JsonObject,
  type MessageError,
  TranslateError,
  type Translator,
} from '@dragoman/plugin-sdk';

/**
 * An event of a client over WebSocket: the body of a request, with `type: 'response.create'`. A stream is what it gets in
 * any case. Left out, the model is that of the event before.
 * https://developers.openai.com/api/docs/guides/websocket-mode (seen 2026-11-26)
 */
export const decodeMessage: Translator<ClientMessage, DecodedMessage> = ({ message, state }) => {
  if (!isObject(message)) throw new TranslateError('invalid-input', 'An event must be a JSON object', '');
  if (message.type !== 'response.create') {
    const reason = `There is no event '${String(message.type)}' here; send 'response.create'`;
    throw new TranslateError('invalid-input', reason, '/type');
  }
  if (message.background === true)
    throw new TranslateError('invalid-input', "'background' is not for WebSocket", '/background');
  const { type: _, stream_id: lane, generate, stream_options: __, background: ___, ...fields } = message;
  const body: JsonObject = { input: [], ...fields, stream: true };
  const before = isObject(state) ? state.model : undefined;
  if (body.model === undefined && before !== undefined) body.model = before;
  const decoded: DecodedMessage = { body, state: { model: body.model ?? null } };
  if (typeof lane === 'string') decoded.fields = { stream_id: lane };
  if (generate === false) decoded.isWarmUp = true;
  return { output: decoded };
};

/** What a refused request is told as; the connection stays open. */
export const encodeMessageError: Translator<MessageError, Json> = ({ status, body }) => {
  const error: JsonObject = isObject(body) && isObject(body.error) ? { ...body.error } : {};
  error.message ??= 'The request failed';
  if (typeof error.code !== 'string') error.code = typeof error.type === 'string' ? error.type : 'error';
  return { output: { type: 'error', status, error } };
};
