import {
  type CanonicalResponse,
  type Json,
  type JsonObject,
  type Translated,
  type Translator,
  tellResponse,
  type Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { encodeReplyPart } from './encode-reply-blocks.ts';
import { fillMessage } from './fill-fields.ts';
import { encodeStopReason } from './finish.ts';
import { wantsAllFields } from './memo.ts';
import { REPLY_FORM } from './reply-form.ts';
import { carrySignature } from './signatures.ts';
import { encodeUsage } from './usage.ts';

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
  const translated: Translated<Json> = {
    output: wantsAllFields(context) ? fillMessage(message) : message,
  };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function lost(path: string, message: string): Warning {
  return { code: 'dropped', path, message };
}
