import {
  type CanonicalEvent,
  type Frame,
  type Json,
  type JsonObject,
  type PartDelta,
  type PartStart,
  type ReplyWatch,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  tellEvent,
  type Usage,
  type Warning,
} from '@dragoman/plugin-sdk';
import { formatDate } from './dates.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { clientName, encodeCall } from './encode-call.ts';
import { errorBody } from './errors.ts';
import { encodeFinish } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { REPLY_FORM } from './reply-form.ts';
import { writeUsage } from './usage.ts';

type CallStart = Extract<PartStart, { type: 'tool-call' }>;
type EncodeState = {
  model: string;
  createdAt: string;
  own: JsonObject | null;
  /** Calls and images leave in one piece: what has come of them, by part. */
  held: { [index: string]: { form: CallStart | 'image' | 'skip'; text: string } | undefined };
  /** For the warnings of what clients are not shown. */
  watch: ReplyWatch;
  usage: Usage;
  isEnded: boolean;
};
/** Puts what was said where its route has it. */
type Place = (wire: JsonObject, said: JsonObject) => void;

const inMessage: Place = (wire, said) => {
  const message: JsonObject = { role: 'assistant', content: '' };
  for (const key in said) message[key] = said[key];
  wire.message = message;
};
const atTop: Place = (wire, said) => {
  wire.response = '';
  for (const key in said) wire[key === 'content' ? 'response' : key] = said[key];
};

/** The stream of `/api/chat`. */
export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = (input, context) =>
  encodeAll(input, context, inMessage);

/** The stream of `/api/generate`. */
export const encodePromptStream: StreamTranslator<CanonicalEvent, Frame> = (input, context) =>
  encodeAll(input, context, atTop);

function encodeAll(
  { state, items, end }: Parameters<typeof encodeStream>[0],
  context: TranslateContext,
  place: Place,
): Translated<StreamOutput<Frame>> {
  const next = readState(state, context);
  const frames: Frame[] = [];
  const warnings: Warning[] = [];
  const isForeign = context.provider.dialect !== DIALECT;
  for (const event of items) {
    if (next.isEnded) break;
    if (isForeign) tellEvent(event, REPLY_FORM, next.watch, warnings);
    encodeEvent(next, event, frames, warnings, place);
  }
  if (end !== undefined && !next.isEnded) {
    frames.push({ data: { error: 'The stream was cut off' } });
    next.isEnded = true;
  }
  const output: StreamOutput<Frame> = { state: next as unknown as Json, items: frames };
  return warnings.length > 0 ? { output, warnings } : { output };
}

function readState(state: Json, context: TranslateContext): EncodeState {
  if (state !== null) return state as unknown as EncodeState;
  const createdAt = formatDate(undefined, context);
  return { model: context.model.id, createdAt, own: null, held: {}, watch: {}, usage: {}, isEnded: false };
}

function encodeEvent(
  state: EncodeState,
  event: CanonicalEvent,
  frames: Frame[],
  warnings: Warning[],
  place: Place,
): void {
  switch (event.type) {
    case 'part-delta':
      writeDelta(state, event.index, event.delta, frames, place);
      return;
    case 'part-start':
      startPart(state, event, warnings);
      return;
    case 'part-end':
      endPart(state, event.index, frames, warnings, place);
      return;
    case 'response-start':
      readStart(state, event);
      return;
    case 'usage':
      state.usage = { ...state.usage, ...event.usage };
      return;
    case 'response-end':
      for (const index in state.held) endPart(state, Number(index), frames, warnings, place);
      writeEnd(state, event, frames, place);
      return;
    case 'error':
      frames.push({ data: errorBody(event.error) });
      state.isEnded = true;
      return;
    case 'finish':
    case 'opaque':
      // A second answer and other dialects' events: clients of this dialect know neither.
      return;
  }
}

function readStart(state: EncodeState, event: Extract<CanonicalEvent, { type: 'response-start' }>): void {
  state.model = event.model;
  const own = ownFields(event.extensions);
  if (typeof own?.$created_at === 'string') state.createdAt = own.$created_at;
  else if (event.createdAt !== undefined) state.createdAt = new Date(event.createdAt * 1000).toISOString();
  if (own !== undefined) state.own = own;
}

function writeFrame(
  state: EncodeState,
  said: JsonObject,
  frames: Frame[],
  place: Place,
  more?: JsonObject,
): void {
  const wire: JsonObject = { model: state.model, created_at: state.createdAt };
  place(wire, said);
  wire.done = false;
  if (state.own !== null) writeOwn(wire, { [DIALECT]: state.own });
  if (more !== undefined) Object.assign(wire, more);
  frames.push({ data: wire });
}

/** Text needs no state; what has no place on the wire is held and never written. */
function startPart(
  state: EncodeState,
  { index, part, candidate }: Extract<CanonicalEvent, { type: 'part-start' }>,
  warnings: Warning[],
): void {
  if (candidate !== undefined && candidate > 0) {
    state.held[index] = { form: 'skip', text: '' };
    return;
  }
  const form = heldForm(part);
  if (form === undefined) return;
  state.held[index] = { form, text: '' };
  if (form !== 'skip') return;
  const message = `a client of this dialect cannot read a ${part.type} part`;
  warnings.push({ code: 'dropped', path: `/parts/${index}`, message });
}

function heldForm(part: PartStart): CallStart | 'image' | 'skip' | undefined {
  switch (part.type) {
    case 'tool-call':
      return part.kind === 'hosted' ? 'skip' : part;
    case 'media':
      return part.source === undefined && part.mediaType.startsWith('image/') ? 'image' : 'skip';
    case 'tool-result':
    case 'opaque':
      return 'skip';
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'json':
      return undefined;
  }
}

function writeDelta(
  state: EncodeState,
  index: number,
  delta: PartDelta,
  frames: Frame[],
  place: Place,
): void {
  const held = state.held[index];
  switch (delta.type) {
    case 'text':
    case 'refusal':
    case 'json':
      if (held === undefined) writeFrame(state, { content: delta.text }, frames, place);
      return;
    case 'reasoning':
      if (held === undefined) writeFrame(state, { thinking: delta.text }, frames, place);
      return;
    case 'logprobs':
      if (held === undefined) {
        writeFrame(state, {}, frames, place, { logprobs: encodeLogprobs(delta.logprobs) });
      }
      return;
    case 'tool-input':
      if (held !== undefined && held.form !== 'skip') held.text += delta.text;
      return;
    case 'media-data':
      if (held?.form === 'image') held.text += delta.data;
      return;
    case 'signature':
    case 'citation':
    case 'opaque':
      // Told with all that clients are not shown; an opaque piece is another dialect's own.
      return;
  }
}

function endPart(
  state: EncodeState,
  index: number,
  frames: Frame[],
  warnings: Warning[],
  place: Place,
): void {
  const held = state.held[index];
  if (held === undefined) return;
  delete state.held[index];
  if (held.form === 'skip') return;
  if (held.form === 'image') {
    writeFrame(state, { images: [held.text] }, frames, place);
    return;
  }
  const { call, isChanged } = encodeCall({ ...held.form, input: held.text }, clientName(held.form));
  if (isChanged) {
    const message = 'a tool input that is not a JSON object reads as {}';
    warnings.push({ code: 'approximated', path: `/parts/${index}/input`, message });
  }
  writeFrame(state, { tool_calls: [call] }, frames, place);
}

function writeEnd(
  state: EncodeState,
  event: Extract<CanonicalEvent, { type: 'response-end' }>,
  frames: Frame[],
  place: Place,
): void {
  const wire: JsonObject = { model: state.model, created_at: state.createdAt };
  place(wire, {});
  wire.done = true;
  wire.done_reason = encodeFinish(event.finish);
  writeUsage(wire, state.usage);
  writeOwn(wire, event.extensions);
  frames.push({ data: wire });
  state.isEnded = true;
}
