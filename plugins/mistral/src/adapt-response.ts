import {
  isObject,
  type Json,
  type JsonObject,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { adaptReply } from './adapt-reply.ts';

export const adaptResponse: Translator<WireResponse, WireResponse> = (response) => {
  const { status, body } = response;
  if (!isObject(body)) return { output: response };
  if (status >= 400) return { output: { ...response, body: adaptError(body) } };
  return { output: { ...response, body: adaptReply(body, 'message') } };
};

/** The service says what is wrong in three shapes: `{ message }`, `{ detail }`, and one in the other. */
function adaptError(body: JsonObject): JsonObject {
  if (isObject(body.error)) return body;
  const detail = isObject(body.message) ? body.message.detail : body.detail;
  const message = typeof body.message === 'string' ? body.message : describe(detail);
  if (message === undefined) return body;
  return { error: { message, type: body.type ?? null, param: body.param ?? null, code: body.code ?? null } };
}

/** `[{ loc: ['body', 'messages', 0], msg }]` as one sentence each. */
function describe(detail: Json | undefined): string | undefined {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return undefined;
  const faults = detail.flatMap((fault) => {
    if (!isObject(fault) || typeof fault.msg !== 'string') return [];
    const place = Array.isArray(fault.loc) ? fault.loc.join('.') : '';
    return [place === '' ? fault.msg : `${place}: ${fault.msg}`];
  });
  return faults.length > 0 ? faults.join('; ') : undefined;
}
