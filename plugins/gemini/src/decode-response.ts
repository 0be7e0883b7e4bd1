import {
  type CanonicalResponse,
  type Finish,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  makeId,
  type Part,
  type TranslateContext,
  TranslateError,
  type Translator,
  UpstreamFailure,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeCitations } from './citations.ts';
import { decodePart, type PartReader } from './decode-parts.ts';
import { DIALECT } from './dialect.ts';
import { decodeBlock, decodeFinish, failureOf } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { restorePart } from './memo.ts';
import { createMeasure, extendMeasure } from './offsets.ts';
import { decodeUsage, serviceTierOf } from './usage.ts';

export const REPLY_FIELDS: ReadonlySet<string> = new Set([
  'candidates',
  'usageMetadata',
  'modelVersion',
  'responseId',
]);
export const CANDIDATE_FIELDS: ReadonlySet<string> = new Set(['content', 'finishReason']);
const CONTENT_FIELDS = new Set(['parts', 'role']);

/**
 * The extensions of the reply are always there, which tells `encodeResponse` to write it back as it came. Fields of a
 * candidate stand under `$candidate`.
 */
export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }, context) => {
  if (!isObject(body) || (!Array.isArray(body.candidates) && !isObject(body.promptFeedback))) {
    throw new TranslateError('invalid-input', 'The reply has no candidates', '/body/candidates');
  }
  const reader = replyReader(context);
  const list = Array.isArray(body.candidates) ? body.candidates : [];
  const decoded = list.map((candidate) => decodeCandidate(candidate, reader, context));
  const [first, ...others] = decoded;
  const failure = first && failureOf(first.finish, first.fields?.finishMessage, context);
  if (failure !== undefined) throw new UpstreamFailure(failure);
  const own: JsonObject = leftover(body, REPLY_FIELDS) ?? {};
  if (!Array.isArray(body.candidates)) own.$candidates = false;
  else if (first === undefined) own.$candidates = true;
  if (first?.fields !== undefined) own.$candidate = first.fields;
  const response: CanonicalResponse = {
    id: readName(body.responseId, '$id', own) ?? context.requestId,
    model: readName(body.modelVersion, '$model', own) ?? context.model.id,
    parts: first?.parts ?? [],
    finish: first?.finish ?? blockOf(body) ?? { reason: 'other' },
    usage: decodeUsage(body.usageMetadata),
    extensions: { [DIALECT]: own },
  };
  const tier = serviceTierOf(body.usageMetadata);
  if (tier !== undefined) response.serviceTier = tier;
  if (others.length > 0) {
    response.candidates = others.map(({ parts, finish, fields }) =>
      fields === undefined
        ? { parts, finish }
        : { parts, finish, extensions: { [DIALECT]: { $candidate: fields } } },
    );
  }
  return { output: response };
};

/** Numbers the calls that come without an id, so that no two exchanges give one id twice. */
export function replyReader(context: TranslateContext, calls = { made: 0 }): PartReader {
  return {
    family: context.provider.family,
    makeCallId: () => makeId(context, 'call', calls.made++),
  };
}

/** A name of the reply; its absence is marked. */
export function readName(value: Json | undefined, marker: string, own: JsonObject): string | undefined {
  if (typeof value === 'string') return value;
  own[marker] = value ?? false;
  return undefined;
}

/** Why the prompt was refused, if it was. */
export function blockOf(body: JsonObject): Finish | undefined {
  const feedback = body.promptFeedback;
  if (!isObject(feedback) || typeof feedback.blockReason !== 'string') return undefined;
  return decodeBlock(feedback.blockReason);
}

interface DecodedCandidate {
  parts: Part[];
  finish: Finish;
  fields?: JsonObject;
}

function decodeCandidate(raw: Json, reader: PartReader, context: TranslateContext): DecodedCandidate {
  const wire: JsonObject = isObject(raw) ? raw : {};
  const fields: JsonObject = leftover(wire, CANDIDATE_FIELDS) ?? {};
  const parts: Part[] = [];
  readContent(wire.content, fields, (part) => parts.push(restorePart(decodePart(part, reader), context)));
  if (wire.finishReason !== undefined && typeof wire.finishReason !== 'string') {
    fields.finishReason = wire.finishReason;
  }
  readTextFields(parts.at(-1), wire);
  const hasCalls = parts.some((part) => part.type === 'tool-call');
  const candidate: DecodedCandidate = { parts, finish: decodeFinish(wire.finishReason, hasCalls) };
  for (const _ in fields) candidate.fields = fields;
  return candidate;
}

function readContent(content: Json | undefined, fields: JsonObject, read: (part: Json) => void): void {
  if (!isObject(content)) {
    fields.$content = content ?? false;
    return;
  }
  const rest = leftover(content, CONTENT_FIELDS);
  if (rest !== undefined || content.role !== 'model' || !Array.isArray(content.parts)) {
    fields.$content = { ...rest };
    if (content.role !== undefined) fields.$content.role = content.role;
    if (!Array.isArray(content.parts)) fields.$parts = content.parts ?? false;
  }
  if (Array.isArray(content.parts)) for (const part of content.parts) read(part);
}

/** Sources and probabilities are about the text an answer ends with; an answer that ends otherwise keeps its fields. */
function readTextFields(last: Part | undefined, wire: JsonObject): void {
  if (last?.type !== 'text') return;
  const logprobs = decodeLogprobs(wire.logprobsResult);
  if (logprobs !== undefined) last.logprobs = logprobs;
  if (wire.groundingMetadata === undefined && wire.citationMetadata === undefined) return;
  const measure = createMeasure();
  extendMeasure(measure, last.text);
  const citations = decodeCitations(wire, measure);
  if (citations.length > 0) last.citations = citations;
}
