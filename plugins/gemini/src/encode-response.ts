import {
  type CanonicalResponse,
  type Finish,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type Translated,
  type Translator,
  tellResponse,
  type Warning,
} from '@dragoman/plugin-sdk';
import { encodeGrounding } from './citations.ts';
import { DIALECT, ownFields, writeFields, writeOwn } from './dialect.ts';
import { encodeReplyPart } from './encode-reply-parts.ts';
import { encodeFinish } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { createMeasure, extendMeasure } from './offsets.ts';
import { REPLY_FORM } from './reply-form.ts';
import { signCalls } from './signatures.ts';
import { encodeUsage } from './usage.ts';

export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) => {
  const warnings: Warning[] = [];
  const own = ownFields(response.extensions);
  const isOwn = own !== undefined;
  const body: JsonObject = {};
  if (!isOwn || own.$candidates === undefined) {
    const fields = isObject(own?.$candidate) ? own.$candidate : undefined;
    const candidates = [encodeCandidate(response, fields, 0, isOwn, '', warnings)];
    for (const [at, candidate] of (response.candidates ?? []).entries()) {
      const kept = ownFields(candidate.extensions)?.$candidate;
      const path = `/candidates/${at}`;
      candidates.push(
        encodeCandidate(candidate, isObject(kept) ? kept : undefined, at + 1, isOwn, path, warnings),
      );
    }
    body.candidates = candidates;
  } else if (own.$candidates === true) body.candidates = [];
  if (context.provider.dialect !== DIALECT) tellResponse(response, REPLY_FORM, warnings);
  const usage = encodeUsage(response.usage);
  if (usage !== undefined) body.usageMetadata = usage;
  writeNames(body, response, own, context.model.id);
  writeOwn(body, response.extensions);
  const translated: Translated<Json> = { output: body };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

/** Names the wire left out stay out. */
export function writeNames(
  body: JsonObject,
  { id, model }: { id: string; model: string },
  own: JsonObject | undefined,
  fallback: string,
): void {
  if (own?.$model === undefined) body.modelVersion = model === '' ? fallback : model;
  else if (own.$model !== false) body.modelVersion = own.$model;
  if (own?.$id === undefined) body.responseId = id;
  else if (own.$id !== false) body.responseId = own.$id;
}

function encodeCandidate(
  { parts, finish }: { parts: Part[]; finish: Finish },
  fields: JsonObject | undefined,
  index: number,
  isOwn: boolean,
  path: string,
  warnings: Warning[],
): JsonObject {
  const wire: Json[] = [];
  const cited: Parameters<typeof encodeGrounding>[0][number][] = [];
  const candidate: JsonObject = {};
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part === undefined) continue;
    const encoded = encodeReplyPart(part);
    if (encoded === undefined) {
      const message = `a client of this dialect cannot read a ${part.type} part`;
      warnings.push({ code: 'dropped', path: `${path}/parts/${at}`, message });
      continue;
    }
    if (part.type === 'text' && part.citations !== undefined) {
      const measure = createMeasure();
      extendMeasure(measure, part.text);
      for (const citation of part.citations) cited.push({ citation, partIndex: wire.length, measure });
      if (at < parts.length - 1) {
        const message = 'sources are told of the whole answer';
        warnings.push({ code: 'approximated', path: `${path}/parts/${at}/citations`, message });
      }
    }
    if (part.type === 'text' && part.logprobs !== undefined) {
      candidate.logprobsResult = encodeLogprobs(part.logprobs);
    }
    wire.push(encoded);
  }
  if (cited.length > 0 && !isOwn) candidate.groundingMetadata = encodeGrounding(cited);
  if (!isOwn) signCalls(wire);
  writeContent(candidate, wire, fields);
  const reason = encodeFinish(finish, isOwn);
  if (reason !== undefined) candidate.finishReason = reason;
  if (!isOwn) candidate.index = index;
  writeFields(candidate, fields);
  return candidate;
}

function writeContent(candidate: JsonObject, parts: Json[], fields: JsonObject | undefined): void {
  const form = fields?.$content;
  if (form === false) return;
  if (form !== undefined && !isObject(form)) {
    candidate.content = form;
    return;
  }
  const content: JsonObject = isObject(form) ? { ...form } : { role: 'model' };
  if (fields?.$parts === undefined) content.parts = parts;
  else if (fields.$parts !== false) content.parts = fields.$parts;
  candidate.content = content;
}
