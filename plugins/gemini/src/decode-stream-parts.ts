import {
  type CanonicalEvent,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type TranslateContext,
  unfoldDeltas,
  unfoldStart,
} from '@dragoman/plugin-sdk';
import { decodePart, type PartReader, TEXT_FIELDS, THOUGHT_FIELDS } from './decode-parts.ts';
import { type CandidateState, type DecodeState, startPart } from './decode-stream-state.ts';
import { DIALECT } from './dialect.ts';
import { restoreCall, restorePart } from './memo.ts';
import { named } from './names.ts';
import { createMeasure, extendMeasure } from './offsets.ts';
import { applyPartialArgs } from './partial-args.ts';
import { unwrapSignature } from './signatures.ts';

/** One run of `decodeStream` over some frames. */
export interface DecodeRun {
  state: DecodeState;
  events: CanonicalEvent[];
  reader: PartReader;
  context: TranslateContext;
}

/**
 * The wire does not say where a part begins or ends: neighbouring texts of one kind are one part. A call arrives whole,
 * or as a name and pieces of arguments.
 */
export function readChunkPart(run: DecodeRun, candidate: CandidateState, raw: Json): void {
  const wire = isObject(raw) ? named(raw) : undefined;
  if (wire !== undefined && typeof wire.text === 'string') {
    readText(run, candidate, wire, wire.text);
  } else if (wire !== undefined && isObject(wire.functionCall)) {
    readCall(run, candidate, wire, named(wire.functionCall));
  } else {
    closeOpen(run, candidate);
    pushWhole(run, candidate, raw);
  }
}

function readText(run: DecodeRun, candidate: CandidateState, wire: JsonObject, text: string): void {
  const { state, events, reader } = run;
  const kind = wire.thought === true ? 'reasoning' : 'text';
  const rest = leftover(wire, kind === 'text' ? TEXT_FIELDS : THOUGHT_FIELDS);
  const signature = typeof wire.thoughtSignature === 'string' ? wire.thoughtSignature : undefined;
  // The last chunk often holds an empty text, which is only there to be something.
  if (text === '' && signature === undefined && rest === undefined) return;
  const { open } = candidate;
  // A part has one signature: with the next one the next part has begun.
  const isNext = signature !== undefined && open?.signature !== undefined && open.signature !== signature;
  if (open !== null && (open.kind !== kind || isNext)) closeOpen(run, candidate);
  let own = rest;
  if (candidate.open === null) {
    const extensions = own === undefined ? undefined : { [DIALECT]: own };
    const start: Extract<CanonicalEvent, { type: 'part-start' }>['part'] =
      kind === 'text' ? { type: 'text' } : { type: 'reasoning', summary: true };
    if (extensions !== undefined) start.extensions = extensions;
    own = undefined;
    candidate.open = { index: startPart(state, candidate, start, events), kind };
    candidate.measure = createMeasure();
  }
  const { index } = candidate.open;
  if (text !== '' || own !== undefined) {
    const event: CanonicalEvent = { type: 'part-delta', index, delta: { type: kind, text } };
    if (own !== undefined) event.extensions = { [DIALECT]: own };
    events.push(event);
    if (kind === 'text') extendMeasure(candidate.measure, text);
  }
  if (signature === undefined) return;
  candidate.open.signature = signature;
  const delta = { type: 'signature', signature: unwrapSignature(signature, reader.family) } as const;
  events.push({ type: 'part-delta', index, delta });
}

function readCall(run: DecodeRun, candidate: CandidateState, wire: JsonObject, call: JsonObject): void {
  candidate.hasCalls = true;
  const open = candidate.open;
  if (open?.kind === 'call' && (typeof call.name !== 'string' || call.name === '')) {
    if (typeof wire.thoughtSignature === 'string') open.signature = wire.thoughtSignature;
    applyPartialArgs(open, call.partialArgs);
    if (isObject(call.args)) open.args = { ...open.args, ...call.args };
    if (call.willContinue !== true) closeOpen(run, candidate);
    return;
  }
  closeOpen(run, candidate);
  if (call.willContinue === true || Array.isArray(call.partialArgs)) beginCall(run, candidate, wire, call);
  else pushWhole(run, candidate, wire);
}

function beginCall(run: DecodeRun, candidate: CandidateState, wire: JsonObject, call: JsonObject): void {
  const { partialArgs, willContinue, ...head } = call;
  const args = isObject(head.args) ? head.args : {};
  const whole = decodePart({ functionCall: { ...head, args } }, run.reader);
  if (whole.type !== 'tool-call') return;
  const name = whole.name;
  const index = startPart(run.state, candidate, unfoldStart(restoreCall(whole, run.context)), run.events);
  candidate.open = { index, kind: 'call', args: { ...args }, name };
  if (typeof wire.thoughtSignature === 'string') candidate.open.signature = wire.thoughtSignature;
  applyPartialArgs(candidate.open, partialArgs);
  if (willContinue !== true) closeOpen(run, candidate);
}

/** A part that arrives in one piece. */
function pushWhole(run: DecodeRun, candidate: CandidateState, raw: Json): void {
  const part = restorePart(decodePart(raw, run.reader), run.context);
  const index = startPart(run.state, candidate, unfoldStart(part), run.events);
  for (const delta of unfoldDeltas(part)) run.events.push({ type: 'part-delta', index, delta });
  run.events.push({ type: 'part-end', index });
}

/** Ends the open part, if any; a call gets its arguments first. */
export function closeOpen(run: DecodeRun, candidate: CandidateState): void {
  const { open } = candidate;
  if (open === null) return;
  candidate.open = null;
  const { index } = open;
  if (open.kind === 'call') {
    const input = JSON.stringify(open.args ?? {});
    const part = restoreCall(
      { type: 'tool-call', id: '', name: open.name ?? '', kind: 'function', input },
      run.context,
    );
    run.events.push({ type: 'part-delta', index, delta: { type: 'tool-input', text: part.input } });
    if (typeof open.signature === 'string') {
      const signature = unwrapSignature(open.signature, run.reader.family);
      run.events.push({ type: 'part-delta', index, delta: { type: 'signature', signature } });
    }
  }
  run.events.push({ type: 'part-end', index });
}
