import {
  type CanonicalResponse,
  isObject,
  type JsonObject,
  leftover,
  TranslateError,
  type Translator,
  UpstreamFailure,
  type WireResponse,
} from '@dragoman/plugin-sdk';

import { decodeOutputItem, isClientCall } from './decode-output.ts';
import { DIALECT } from './dialect.ts';
import { readError } from './errors.ts';
import { decodeFinish } from './finish.ts';
import { readUpstreamMemo } from './memo.ts';
import { decodeUsage } from './usage.ts';

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }, context) => {
  if (!isObject(body)) throw new TranslateError('internal', 'the reply of the provider is no JSON object');
  const isForeign = context.client.dialect !== DIALECT;
  if (isForeign && body.status === 'failed') {
    // A failure that came with status 200: another dialect has no form for it that does not look like success.
    throw new UpstreamFailure(readError(body));
  }
  const response: CanonicalResponse = {
    id: '',
    model: '',
    parts: [],
    finish: { reason: 'other' },
    usage: {},
  };
  const own = readFields(body, response);
  const memo = readUpstreamMemo(context.memo);
  const output = Array.isArray(body.output) ? body.output : [];
  // A body of another shape goes back whole.
  if (!Array.isArray(body.output) || !body.output.every(isObject)) own.$body = body;
  for (const item of output)
    for (const part of decodeOutputItem(item, context.provider.family, memo)) response.parts.push(part);
  response.finish = decodeFinish(body, response.parts.some(isClientCall));
  response.usage = decodeUsage(body.usage) ?? {};
  if (typeof body.service_tier === 'string') response.serviceTier = body.service_tier;
  response.extensions = { [DIALECT]: own };
  return { output: response };
};

const READ = new Set(['id', 'model', 'created_at', 'output', 'usage']);

/** Reads what names the reply; returns the fields the hub has no word for. */
export function readFields(
  body: JsonObject,
  response: { id: string; model: string; createdAt?: number },
): JsonObject {
  const own: JsonObject = leftover(body, READ) ?? {};
  const { id, model, created_at: createdAt, usage } = body;
  if (typeof id === 'string' && id !== '') response.id = id;
  else if (id !== undefined) own.id = id;
  if (typeof model === 'string' && model !== '') response.model = model;
  else if (model !== undefined) own.model = model;
  if (typeof createdAt === 'number') response.createdAt = createdAt;
  else if (createdAt !== undefined) own.created_at = createdAt;
  if (usage !== undefined && !isObject(usage)) own.usage = usage;
  return own;
}
