import {
  type CanonicalResponse,
  type Json,
  type JsonObject,
  type Translated,
  type Translator,
  tellResponse,
  type Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, isObject, ownFields, writeOwn } from './dialect.ts';
import { encodeReplyPart, LOST_OUTPUT, losesOutput } from './encode-reply-blocks.ts';
import { encodeStopReason } from './finish.ts';
import { wantsAllFields } from './memo.ts';
import { REPLY_FORM } from './reply-form.ts';
import { carrySignature } from './signatures.ts';
import { encodeUsage, ownUsage } from './usage.ts';

export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) => {
  const warnings: Warning[] = [];
  const content: Json[] = [];
  let hasCalls = false;
  let hasRefusal = false;
  for (let index = 0; index < response.parts.length; index++) {
    const part = response.parts[index];
    if (part === undefined) continue;
    const block = encodeReplyPart(part);
    if (block !== undefined) content.push(block);
    else warnings.push(lost(`/parts/${index}`, `a client of this dialect cannot read a ${part.type} part`));
    if (part.type === 'tool-result' && losesOutput(part))
      warnings.push(lost(`/parts/${index}/output`, LOST_OUTPUT));
    if (part.signature !== undefined && part.type !== 'reasoning')
      content.push(carrySignature(part.signature));
    if (part.type === 'tool-call' && part.kind !== 'hosted') hasCalls = true;
    if (part.type === 'refusal') hasRefusal = true;
  }
  if (context.provider.dialect !== DIALECT) tellResponse(response, REPLY_FORM, warnings);
  const own = ownFields(response.extensions);
  const message: JsonObject = {
    id: response.id,
    type: 'message',
    role: 'assistant',
    model: response.model,
    content,
    stop_reason: encodeStopReason(response.finish, own?.$stop_reason, hasCalls, hasRefusal),
    stop_sequence: response.finish.stopSequence ?? null,
    usage: encodeUsage(response.usage, response.serviceTier),
  };
  writeOwn(message, response.extensions);
  if (wantsAllFields(context)) fillMessage(message, ownUsage(response.usage) === undefined);
  const translated: Translated<Json> = { output: message };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function lost(path: string, message: string): Warning {
  return { code: 'dropped', path, message };
}

/** Since 2026-10-21 these fields are always there, if only as null. */
export function fillMessage(message: JsonObject, isFreshUsage: boolean): void {
  message.container ??= null;
  message.diagnostics ??= null;
  message.stop_details ??= null;
  if (!isFreshUsage || !isObject(message.usage)) return;
  const usage = message.usage;
  usage.cache_creation ??= null;
  usage.output_tokens_details ??= null;
  usage.server_tool_use ??= null;
  usage.service_tier ??= null;
  usage.speed ??= null;
  usage.inference_geo ??= null;
}
