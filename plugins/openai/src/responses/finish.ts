import { type Finish, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

const INCOMPLETE: Record<string, Finish['reason']> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'content-filter',
};

/** `hasCalls`: the answer calls tools the client runs. A whole answer has no word of its own for that. */
export function decodeFinish(response: JsonObject, hasCalls: boolean): Finish {
  const { status } = response;
  switch (status) {
    case 'completed':
      return { reason: hasCalls ? 'tool-calls' : 'stop', raw: status };
    case 'incomplete': {
      const reason = isObject(response.incomplete_details) ? response.incomplete_details.reason : undefined;
      if (typeof reason !== 'string') return { reason: 'length', raw: status };
      return {
        reason: Object.hasOwn(INCOMPLETE, reason) ? (INCOMPLETE[reason] ?? 'other') : 'other',
        raw: reason,
      };
    }
    case 'failed':
    case 'cancelled':
      return { reason: 'error', raw: status };
    case undefined:
      // Some services leave the status out of an answer that is whole.
      return { reason: hasCalls ? 'tool-calls' : 'stop' };
    default:
      return typeof status === 'string' ? { reason: 'other', raw: status } : { reason: 'other' };
  }
}

export interface WireFinish {
  status: string;
  incomplete_details: Json;
}

/** `hasRefusal`: the refusal stands in the answer, so the answer is whole. */
export function encodeFinish({ reason }: Finish, hasRefusal: boolean): WireFinish {
  switch (reason) {
    case 'length':
    case 'context-length':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'content-filter':
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    case 'refusal':
      if (hasRefusal) return { status: 'completed', incomplete_details: null };
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    case 'error':
      return { status: 'failed', incomplete_details: null };
    default:
      return { status: 'completed', incomplete_details: null };
  }
}
