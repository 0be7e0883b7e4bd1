import {
  type CanonicalResponse,
  isCustomTool,
  isObject,
  type JsonObject,
  leftover,
  type Part,
  type TranslateContext,
  TranslateError,
  type Translator,
  unwrapInput,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeBlocks } from './decode-blocks.ts';
import { DIALECT } from './dialect.ts';
import { decodeFinish, isKnownReason } from './finish.ts';
import { answerToolOf } from './memo.ts';
import { clientToolName } from './tool-names.ts';
import { decodeUsage } from './usage.ts';

const RESPONSE_FIELDS = new Set([
  'id',
  'type',
  'role',
  'model',
  'content',
  'stop_reason',
  'stop_sequence',
  'usage',
]);

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = (wire, context) => {
  const body = wire.body;
  if (!isObject(body) || !Array.isArray(body.content)) {
    throw new TranslateError('invalid-input', 'The reply is not a message', '/body');
  }
  const parts = restoreTools(decodeBlocks(body.content, context.provider.family), context);
  const finish = decodeFinish(body.stop_reason, body.stop_sequence);
  if (finish.reason === 'tool-calls' && answerToolOf(context) !== undefined && !hasCall(parts))
    finish.reason = 'stop';
  const response: CanonicalResponse = {
    id: typeof body.id === 'string' ? body.id : `msg_${context.requestId}`,
    model: typeof body.model === 'string' ? body.model : context.model.id,
    parts,
    finish,
    usage: decodeUsage(body.usage),
  };
  if (isObject(body.usage) && typeof body.usage.service_tier === 'string') {
    response.serviceTier = body.usage.service_tier;
  }
  const own = ownResponseFields(body);
  if (own !== undefined) response.extensions = { [DIALECT]: own };
  return { output: response };
};

/** What of a message the hub has no word for. */
export function ownResponseFields(body: JsonObject): JsonObject | undefined {
  const own = leftover(body, RESPONSE_FIELDS);
  if (body.stop_reason === undefined || body.stop_reason === null || isKnownReason(body.stop_reason))
    return own;
  return { ...own, $stop_reason: body.stop_reason };
}

function hasCall(parts: Part[]): boolean {
  return parts.some((part) => part.type === 'tool-call' && part.kind !== 'hosted');
}

/** Undoes what the request step did with tools the service does not have. */
function restoreTools(parts: Part[], context: TranslateContext): Part[] {
  if (!isObject(context.memo)) return parts;
  const answerTool = answerToolOf(context);
  return parts.map((part) => {
    if (part.type !== 'tool-call' || part.kind !== 'function') return part;
    if (part.name === answerTool) return { type: 'text', text: part.input };
    const named = { ...part, ...clientToolName(context, part.name) };
    if (!isCustomTool(context, named.name)) return named;
    return { ...named, kind: 'custom', input: unwrapInput(part.input) };
  });
}
