import { isObject, type Json, type Normaliser } from '@dragoman/plugin-sdk';

/** What the way through the hub and back changes. Everything else comes out as it went in. */
export const normalise: Normaliser = {
  /** Texts are texts, and roles in small letters. */
  normaliseRequest(body: Json): Json {
    if (!isObject(body) || !Array.isArray(body.messages)) return body;
    return { ...body, messages: body.messages.map(normaliseMessage) };
  },
  /** A whole reply is always done, and says why: older servers left that out. */
  normaliseResponse(body: Json): Json {
    if (!isObject(body)) return body;
    if (isObject(body.message)) {
      const message = { content: '', ...body.message, role: 'assistant' };
      return { done_reason: 'stop', ...body, message, done: true };
    }
    return typeof body.response === 'string' ? { done_reason: 'stop', ...body, done: true } : body;
  },
};

function normaliseMessage(message: Json): Json {
  if (!isObject(message)) return message;
  const role = typeof message.role === 'string' ? message.role.toLowerCase() : message.role;
  return { ...message, role, content: message.content ?? '' };
}
