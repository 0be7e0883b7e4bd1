import {
  type CanonicalEvent,
  isEmpty,
  type Json,
  type JsonObject,
  type Part,
  type PartDelta,
  type Warning,
} from '@dragoman/plugin-sdk';
import { ownFields, writeFields } from './dialect.ts';
import { encodeReplyPart } from './encode-reply-parts.ts';
import {
  type CandidateState,
  candidateAt,
  type EncodeState,
  type QueuedPart,
} from './encode-stream-state.ts';
import { encodeLogprobs } from './logprobs.ts';
import { createMeasure, extendMeasure } from './offsets.ts';
import { signCalls, wrapSignature } from './signatures.ts';

type PartEvent = Extract<CanonicalEvent, { type: 'part-start' | 'part-delta' | 'part-end' }>;

/** What one event lets out: parts of one candidate, and beside them fields of it. */
export interface Outgoing {
  candidate: number;
  parts: Json[];
  fields: JsonObject;
}

/**
 * The wire has no word for the beginning or end of a part: calls go out whole, and a part that begins while another is
 * open waits for it, so that the order stays that of the beginnings.
 */
export function encodePartEvent(state: EncodeState, event: PartEvent, warnings: Warning[]): Outgoing {
  const outgoing: Outgoing = { candidate: 0, parts: [], fields: {} };
  if (event.type === 'part-start') {
    state.owners[event.index] = event.candidate ?? 0;
    outgoing.candidate = event.candidate ?? 0;
    const queued: QueuedPart = {
      index: event.index,
      start: event.part,
      own: ownFields(event.part.extensions) ?? null,
      ready: [],
      isEnded: false,
      text: '',
    };
    candidateAt(state, outgoing.candidate).queue.push(queued);
    return outgoing;
  }
  outgoing.candidate = state.owners[event.index] ?? 0;
  const candidate = candidateAt(state, outgoing.candidate);
  const part = candidate.queue.find(({ index }) => index === event.index);
  if (part === undefined) return outgoing;
  if (event.type === 'part-delta') {
    addDelta(candidate, part, event.delta, ownFields(event.extensions), outgoing, warnings);
  } else {
    finishPart(part, warnings);
    delete state.owners[event.index];
  }
  release(candidate, outgoing);
  sign(candidate, outgoing);
  return outgoing;
}

function addDelta(
  candidate: CandidateState,
  part: QueuedPart,
  delta: PartDelta,
  own: JsonObject | undefined,
  outgoing: Outgoing,
  warnings: Warning[],
): void {
  switch (delta.type) {
    case 'text':
    case 'refusal':
      addPiece(part, { text: delta.text }, own);
      return;
    case 'reasoning':
      addPiece(part, { text: delta.text, thought: true }, own);
      return;
    case 'signature':
      if (part.start.type === 'text' || part.start.type === 'refusal') {
        addPiece(part, { text: '', thoughtSignature: wrapSignature(delta.signature) }, own);
      } else if (part.start.type === 'reasoning') {
        addPiece(part, { text: '', thought: true, thoughtSignature: wrapSignature(delta.signature) }, own);
      } else part.signature = wrapSignature(delta.signature);
      return;
    case 'tool-input':
    case 'json':
      part.text += delta.text;
      return;
    case 'media-data':
      part.text += delta.data;
      return;
    case 'citation':
      candidate.cited.push({
        citation: delta.citation,
        partIndex: Math.max(0, candidate.parts - 1),
        measure: candidate.measure,
      });
      return;
    case 'logprobs':
      candidate.hasLogprobs = true;
      outgoing.fields.logprobsResult = encodeLogprobs(delta.logprobs);
      return;
    case 'opaque':
      warnings.push(lost(part, `a piece only ${delta.dialect} can read`));
  }
}

/** The first piece carries the part's own fields. */
function addPiece(part: QueuedPart, wire: JsonObject, own: JsonObject | undefined): void {
  const first = part.own;
  if (first !== null) {
    if (first.$text === false) delete wire.text;
    writeFields(wire, first);
    part.own = null;
  }
  writeFields(wire, own);
  part.ready.push(wire);
}

/** A part that goes out whole is made of its beginning and what was collected. */
function finishPart(part: QueuedPart, warnings: Warning[]): void {
  part.isEnded = true;
  const whole = wholePart(part);
  if (whole === undefined) {
    // A text with nothing in it may still have fields of its own.
    if (part.own !== null && !isEmpty(part.own)) addPiece(part, { text: '' }, undefined);
    return;
  }
  const wire = encodeReplyPart(whole);
  if (wire === undefined) {
    warnings.push(lost(part, `a client of this dialect cannot read a ${part.start.type} part`));
    return;
  }
  if (part.signature !== undefined && typeof wire === 'object' && wire !== null && !Array.isArray(wire)) {
    wire.thoughtSignature = part.signature;
  }
  part.ready.push(wire);
}

function wholePart({ start, text }: QueuedPart): Part | undefined {
  switch (start.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return undefined;
    case 'tool-call':
      return { ...start, input: text };
    case 'media':
      return { ...start, source: start.source ?? { type: 'base64', data: text } };
    case 'json':
      return { type: 'text', text: text === '' ? 'null' : text };
    case 'tool-result':
      return start.part;
    case 'opaque':
      return start;
  }
}

function lost(part: QueuedPart, message: string): Warning {
  return { code: 'dropped', path: `/parts/${part.index}`, message };
}

/** Lets out what the first part has ready, and goes on to the next when it has ended. */
function release(candidate: CandidateState, outgoing: Outgoing): void {
  for (;;) {
    const part = candidate.queue[0];
    if (part === undefined) return;
    for (const wire of part.ready) count(candidate, part, wire, outgoing);
    part.ready = [];
    if (!part.isEnded) return;
    candidate.isText = false;
    candidate.queue.shift();
  }
}

function count(candidate: CandidateState, part: QueuedPart, wire: Json, outgoing: Outgoing): void {
  outgoing.parts.push(wire);
  const isText =
    part.start.type === 'text' || part.start.type === 'refusal' || part.start.type === 'reasoning';
  if (!isText || !candidate.isText) {
    candidate.parts++;
    candidate.measure = createMeasure();
  }
  candidate.isText = isText;
  if (
    isText &&
    typeof wire === 'object' &&
    wire !== null &&
    !Array.isArray(wire) &&
    typeof wire.text === 'string'
  ) {
    extendMeasure(candidate.measure, wire.text);
  }
}

function sign(candidate: CandidateState, { parts }: Outgoing): void {
  if (!candidate.isSigned) candidate.isSigned = signCalls(parts);
}

/** Parts that never ended because the reply did first. */
export function finishParts(state: EncodeState, warnings: Warning[]): Outgoing[] {
  const all: Outgoing[] = [];
  for (const index in state.candidates) {
    const candidate = state.candidates[index];
    if (candidate === undefined || candidate.queue.length === 0) continue;
    const outgoing: Outgoing = { candidate: Number(index), parts: [], fields: {} };
    for (const part of candidate.queue) if (!part.isEnded) finishPart(part, warnings);
    release(candidate, outgoing);
    sign(candidate, outgoing);
    if (outgoing.parts.length > 0) all.push(outgoing);
  }
  return all;
}
