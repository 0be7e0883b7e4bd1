import {
  type CanonicalEvent,
  type Finish,
  type Frame,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type StreamTranslator,
  type UpstreamError,
} from '@dragoman/plugin-sdk';
import { decodeCitations } from './citations.ts';
import { readErrorBody } from './decode-error.ts';
import { blockOf, CANDIDATE_FIELDS, REPLY_FIELDS, readName, replyReader } from './decode-response.ts';
import { closeOpen, type DecodeRun, readChunkPart } from './decode-stream-parts.ts';
import { type CandidateState, candidateOf, readState } from './decode-stream-state.ts';
import { DIALECT } from './dialect.ts';
import { decodeBlock, decodeFinish, failureOf } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { decodeUsage, serviceTierOf } from './usage.ts';

/**
 * Chunks to events. There is no last frame: the answer is whole when the stream has ended by itself and every candidate
 * has a finish reason, or the prompt was refused. Until then reasons and usage are remembered.
 */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = (input, context) => {
  const state = readState(input.state);
  const run: DecodeRun = { state, events: [], reader: replyReader(context, state.calls), context };
  for (const frame of input.items) {
    if (state.isEnded) break;
    // An error in place of a stream is the one element of a list.
    const chunk = Array.isArray(frame.data) ? frame.data[0] : frame.data;
    if (isObject(chunk)) readChunk(run, chunk);
  }
  if (input.end !== undefined && !state.isEnded) finishStream(run, input.end);
  return { output: { state: state as unknown as Json, items: run.events } };
};

function readChunk(run: DecodeRun, chunk: JsonObject): void {
  if (chunk.error !== undefined && chunk.error !== null) {
    fail(run, readErrorBody(chunk));
    return;
  }
  start(run, chunk);
  const { state } = run;
  if (isObject(chunk.usageMetadata)) {
    state.usage ??= {};
    Object.assign(state.usage, chunk.usageMetadata);
  }
  const block = blockOf(chunk);
  if (block?.raw !== undefined) state.block = block.raw;
  if (!Array.isArray(chunk.candidates)) return;
  for (const candidate of chunk.candidates) if (isObject(candidate)) readCandidate(run, candidate);
}

function start(run: DecodeRun, chunk: JsonObject): void {
  const { state, events, context } = run;
  const fields = leftover(chunk, REPLY_FIELDS);
  if (state.isStarted) {
    for (const key in fields) {
      if (isSame(state.known[key], fields[key])) continue;
      state.known[key] = fields[key];
      state.changed[key] = fields[key];
    }
    return;
  }
  state.isStarted = true;
  const own: JsonObject = { ...fields };
  state.known = { ...fields };
  const event: CanonicalEvent = {
    type: 'response-start',
    id: readName(chunk.responseId, '$id', own) ?? context.requestId,
    model: readName(chunk.modelVersion, '$model', own) ?? context.model.id,
    extensions: { [DIALECT]: own },
  };
  const tier = serviceTierOf(chunk.usageMetadata);
  if (tier !== undefined) event.serviceTier = tier;
  events.push(event);
}

/** Most repeat the same word in every chunk. */
function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  return (
    typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other)
  );
}

function readCandidate(run: DecodeRun, wire: JsonObject): void {
  const candidate = candidateOf(run.state, typeof wire.index === 'number' ? wire.index : 0);
  const { content } = wire;
  if (isObject(content) && Array.isArray(content.parts)) {
    for (const part of content.parts) readChunkPart(run, candidate, part);
  }
  for (const key in wire) {
    if (key === 'index' || CANDIDATE_FIELDS.has(key)) continue;
    if (key === 'logprobsResult' && candidate.open?.kind === 'text') {
      const logprobs = decodeLogprobs(wire.logprobsResult);
      const { index } = candidate.open;
      if (logprobs !== undefined) {
        run.events.push({ type: 'part-delta', index, delta: { type: 'logprobs', logprobs } });
        continue;
      }
    }
    candidate.fields[key] = wire[key];
  }
  if (typeof wire.finishReason === 'string') candidate.finish = wire.finishReason;
}

function finishStream(run: DecodeRun, end: 'complete' | 'cut'): void {
  if (end === 'complete' && isFinished(run)) {
    complete(run);
    return;
  }
  const message =
    end === 'cut'
      ? 'the connection to the provider broke before its answer was complete'
      : "the provider's answer ended before it was complete";
  fail(run, { kind: 'server', message });
}

function isFinished({ state }: DecodeRun): boolean {
  if (state.candidates.length === 0) return state.block !== null;
  return state.candidates.every((candidate) => candidate.finish !== null);
}

/** What the upstream counted so far goes first: the gateway's books need it even when the answer fails. */
function tellUsage({ state, events }: DecodeRun): void {
  if (state.usage !== null && state.isStarted) {
    events.push({ type: 'usage', usage: decodeUsage(state.usage) });
  }
}

function fail(run: DecodeRun, error: UpstreamError): void {
  for (const candidate of run.state.candidates) {
    // A call that was not finished must not look like one.
    const { open } = candidate;
    candidate.open = null;
    if (open !== null) run.events.push({ type: 'part-end', index: open.index });
  }
  tellUsage(run);
  run.state.isEnded = true;
  run.events.push({ type: 'error', error });
}

function complete(run: DecodeRun): void {
  const { state, events } = run;
  const first = state.candidates.find(({ index }) => index === 0);
  const failure = failureOf(finishOf(first, state.block), first?.fields.finishMessage, run.context);
  if (failure !== undefined) {
    fail(run, failure);
    return;
  }
  for (const candidate of state.candidates) {
    cite(run, candidate);
    closeOpen(run, candidate);
  }
  for (const candidate of state.candidates) {
    if (candidate === first) continue;
    const event: CanonicalEvent = {
      type: 'finish',
      candidate: candidate.index,
      finish: decodeFinish(candidate.finish, candidate.hasCalls),
    };
    if (!isEmpty(candidate.fields)) event.extensions = { [DIALECT]: { $candidate: candidate.fields } };
    events.push(event);
  }
  tellUsage(run);
  state.isEnded = true;
  const own: JsonObject = state.changed;
  if (first === undefined) own.$candidates = false;
  else if (!isEmpty(first.fields)) own.$candidate = first.fields;
  const end: CanonicalEvent = { type: 'response-end', finish: finishOf(first, state.block) };
  if (!isEmpty(own)) end.extensions = { [DIALECT]: own };
  events.push(end);
}

function finishOf(first: CandidateState | undefined, block: Json): Finish {
  if (first !== undefined) return decodeFinish(first.finish, first.hasCalls);
  return typeof block === 'string' ? decodeBlock(block) : { reason: 'other' };
}

/** Sources are known at the end, and are about the text the answer ends with. */
function cite({ events }: DecodeRun, { open, fields, measure }: CandidateState): void {
  if (open?.kind !== 'text') return;
  if (fields.groundingMetadata === undefined && fields.citationMetadata === undefined) return;
  for (const citation of decodeCitations(fields, measure)) {
    events.push({ type: 'part-delta', index: open.index, delta: { type: 'citation', citation } });
  }
}
