import {
  type CanonicalResponse,
  createWarnings,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  makeId,
  type Part,
  type TextPart,
  type TranslateContext,
  TranslateError,
  type Translator,
  UpstreamFailure,
  type Warnings,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeCitation, placeOf } from './citations.ts';
import { decodeCall, settleInput } from './decode-call.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { decodeFinish, failureOf } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { addText, createOffsets } from './offsets.ts';
import { decodeUsage } from './usage.ts';

const REPLY_FIELDS = new Set(['id', 'message', 'finish_reason', 'usage', 'logprobs']);

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }, context) => {
  if (!isObject(body) || !isObject(body.message)) {
    throw new TranslateError('invalid-input', 'The reply holds no message', '/body/message');
  }
  const finish = decodeFinish(body.finish_reason);
  const failure = failureOf(finish, body.error);
  if (failure !== undefined) throw new UpstreamFailure(failure);
  const warnings = createWarnings();
  const response: CanonicalResponse = {
    id: typeof body.id === 'string' ? body.id : makeId(context, 'cohere', 0),
    // The service does not say which model answered.
    model: context.model.id,
    parts: decodeParts(body.message, context, warnings),
    finish,
    usage: decodeUsage(body.usage),
  };
  const logprobs = decodeLogprobs(body.logprobs);
  const text = response.parts.find((part) => part.type === 'text');
  if (logprobs.length > 0 && text !== undefined) text.logprobs = logprobs;
  const own = leftover(body, REPLY_FIELDS);
  if (own !== undefined) response.extensions = { [DIALECT]: own };
  return warnings.with(response);
};

function decodeParts(message: JsonObject, context: TranslateContext, warnings: Warnings): Part[] {
  const parts: Part[] = [];
  const content = Array.isArray(message.content) ? message.content : [];
  const texts: (TextPart | undefined)[] = [];
  if (typeof message.content === 'string' && message.content !== '') {
    const part: TextPart = { type: 'text', text: message.content };
    texts.push(part);
    parts.push(part);
  }
  for (const item of content) {
    const part = decodeItem(item);
    texts.push(part.type === 'text' ? part : undefined);
    parts.push(part);
  }
  let plan: TextPart | undefined;
  if (typeof message.tool_plan === 'string' && message.tool_plan !== '') {
    plan = { type: 'text', text: message.tool_plan };
    parts.push(plan);
  }
  cite(message.citations, texts, plan, warnings);
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  for (let index = 0; index < calls.length; index++) {
    const part = decodeCall(calls[index], index, context);
    if (part === undefined) continue;
    part.input = settleInput(part.input, part.kind === 'custom');
    parts.push(part);
  }
  return parts;
}

function decodeItem(item: Json): Part {
  if (isObject(item) && typeof item.text === 'string') return { type: 'text', text: item.text };
  if (isObject(item) && typeof item.thinking === 'string') return { type: 'reasoning', text: item.thinking };
  return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: item };
}

function cite(
  list: Json | undefined,
  texts: (TextPart | undefined)[],
  plan: TextPart | undefined,
  warnings: Warnings,
): void {
  if (!Array.isArray(list)) return;
  for (let index = 0; index < list.length; index++) {
    const wire = list[index];
    if (!isObject(wire)) continue;
    const place = placeOf(wire);
    const first = texts.find((text) => text !== undefined) ?? plan;
    const part =
      place === 'plan'
        ? plan
        : place === 'thinking'
          ? undefined
          : place.index < 0
            ? first
            : texts[place.index];
    if (part === undefined) {
      warnings.dropped(`/message/citations/${index}`, 'a citation in something that holds none');
      continue;
    }
    const offsets = createOffsets();
    addText(offsets, part.text);
    part.citations ??= [];
    part.citations.push(...decodeCitation(wire, offsets));
  }
}
