import {
  type CanonicalEvent,
  type Frame,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  makeId,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  tellEvent,
  type UpstreamError,
} from '@dragoman/plugin-sdk';

import { wireTier } from '../service-tier.ts';
import { DIALECT, ownFields } from './dialect.ts';
import {
  contentDelta,
  endContent,
  joinsMessage,
  settleMessage,
  startContent,
} from './encode-content-events.ts';
import { endItem, itemDelta, startItem } from './encode-item-events.ts';
import { addSources, settleSearch } from './encode-search-events.ts';
import { createEncodeState, type EncodeState, lose, push } from './encode-state.ts';
import { ownEvent, writeError } from './errors.ts';
import { encodeFinish } from './finish.ts';
import { freshFields } from './fresh-response.ts';
import { REPLY_FORM } from './reply-form.ts';
import { encodeUsage } from './usage.ts';

/** Events to the wire's. The answer is called whole only at its very end, with the usage; a failure is told once. */
export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = (
  { state: before, items, end },
  context,
) => {
  const state = before === null ? createEncodeState() : (before as unknown as EncodeState);
  const frames: Frame[] = [];
  const isForeign = context.provider.dialect !== DIALECT;
  for (let at = 0; at < items.length && !state.ended; at++) {
    const event = items[at];
    if (event === undefined) continue;
    if (isForeign) tellEvent(event, REPLY_FORM, state.watch, state.warnings);
    writeEvent(event, state, frames, context);
  }
  if (end !== undefined && !state.ended)
    writeFailure(
      { kind: 'server', message: 'the answer ended before it was complete' },
      state,
      frames,
      context,
    );
  const translated: Translated<StreamOutput<Frame>> = {
    output: { state: state as unknown as Json, items: frames },
  };
  if (state.warnings.length > 0) {
    translated.warnings = state.warnings;
    state.warnings = [];
  }
  return translated;
};

/** Writes one event. The last frame of a whole answer holds all of it. */
export function writeEvent(
  event: CanonicalEvent,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  switch (event.type) {
    case 'part-delta':
      writeDelta(event, state, frames);
      return;
    case 'part-start':
      writeStart(event, state, frames, context);
      return;
    case 'part-end':
      writePartEnd(event, state, frames, context);
      return;
    case 'response-start':
      begin(event, state, frames, context);
      return;
    case 'usage':
      state.usage = state.usage === undefined ? event.usage : { ...state.usage, ...event.usage };
      return;
    case 'finish':
      // Ends a second or later answer, which clients of this dialect never see.
      return;
    case 'response-end':
      complete(event, state, frames, context);
      return;
    case 'error':
      writeFailure(event.error, state, frames, context);
      return;
    case 'opaque':
      writeOpaque(event, state, frames, context);
  }
}

function begin(
  event: CanonicalEvent & { type: 'response-start' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const own = ownFields(event.extensions);
  state.started = true;
  state.isOwn = own !== undefined;
  const { head } = state;
  if (own === undefined) {
    head.id = freshId(event.id, context);
    head.object = 'response';
    head.created_at = event.createdAt ?? Math.floor(context.now / 1000);
    head.model = event.model === '' ? context.model.id : event.model;
    const tier = event.serviceTier === undefined ? undefined : wireTier(event.serviceTier);
    if (tier !== undefined) head.service_tier = tier;
  } else {
    if (event.createdAt !== undefined) head.created_at = event.createdAt;
    if (event.id !== '') head.id = event.id;
    if (event.model !== '') head.model = event.model;
    for (const key in own) head[key] = own[key];
  }
  const response = buildHead(state, context);
  // A whole answer that is streamed has its end in its head.
  if (typeof response.status !== 'string' || isTerminal(response.status)) response.status = 'in_progress';
  response.output = [];
  response.usage = null;
  push(state, frames, 'response.created', { response });
  push(state, frames, 'response.in_progress', { response });
}

/** Clients and the gateway know a reply of this dialect by its prefix. */
function freshId(id: string, context: TranslateContext): string {
  const { reply } = context.client;
  // The upstream's own id says nothing to anybody else, and some services give one twice.
  if (reply !== undefined) return `resp_${reply.id}`;
  if (id === '') return makeId(context, 'resp', 0);
  return id.startsWith('resp_') ? id : `resp_${id.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}

function isTerminal(status: Json | undefined): boolean {
  return status === 'completed' || status === 'incomplete' || status === 'failed' || status === 'cancelled';
}

/** What the request says is told again and again, but kept only in the memo: the state may travel with every batch. */
function buildHead({ head, isOwn }: EncodeState, context: TranslateContext): JsonObject {
  const response: JsonObject = isOwn ? {} : freshFields(context);
  for (const key in head) if (!isMarker(key)) response[key] = head[key];
  return response;
}

function writeStart(
  event: CanonicalEvent & { type: 'part-start' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const { part } = event;
  if ((event.candidate ?? 0) > 0) return;
  if (part.type === 'tool-result' && ownFields(part.part.extensions)?.$repeats !== undefined) return;
  if (part.type === 'tool-result' && addSources(part.part, state)) {
    lose(
      state,
      `/parts/${event.index}`,
      'of the results of a search only their addresses are shown',
      'approximated',
    );
    return;
  }
  settleSearch(state, frames);
  const isContent = part.type === 'text' || part.type === 'refusal' || part.type === 'json';
  if (!isContent || !joinsMessage(event, state)) settleMessage(state, frames, context);
  if (isContent) startContent(event, state, frames, context);
  else startItem(event, state, frames, context);
}

function writeDelta(
  { index, delta }: CanonicalEvent & { type: 'part-delta' },
  state: EncodeState,
  frames: Frame[],
): void {
  const part = state.parts[index];
  if (part === undefined) return;
  if (part.kind === 'text' || part.kind === 'refusal') contentDelta(index, delta, part, state, frames);
  else itemDelta(delta, part, state, frames);
}

function writePartEnd(
  event: CanonicalEvent & { type: 'part-end' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const part = state.parts[event.index];
  if (part === undefined) return;
  delete state.parts[event.index];
  const own = ownFields(event.extensions);
  if (own !== undefined) part.own = part.own === undefined ? own : { ...part.own, ...own };
  if (part.kind === 'text' || part.kind === 'refusal') endContent(part, state, frames, context);
  else endItem(part, state, frames, context);
}

/** What `decodeStream` had no word for goes back as it came. */
function writeOpaque(
  { dialect, value }: CanonicalEvent & { type: 'opaque' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  if (dialect !== DIALECT || !isObject(value) || typeof value.type !== 'string') return;
  settleMessage(state, frames, context);
  const { type, ...fields } = value;
  if (type === 'response.output_item.added' && typeof fields.output_index === 'number') {
    state.announced.push({
      output: fields.output_index,
      id: isObject(fields.item) ? (fields.item.id ?? null) : null,
    });
    state.count = Math.max(state.count, fields.output_index + 1);
  }
  push(state, frames, type, fields);
}

function complete(
  event: CanonicalEvent & { type: 'response-end' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  settleSearch(state, frames);
  settleMessage(state, frames, context);
  state.ended = true;
  const own = ownFields(event.extensions);
  if (own !== undefined) for (const key in own) state.head[key] = own[key];
  const tier = event.serviceTier === undefined || state.isOwn ? undefined : wireTier(event.serviceTier);
  if (tier !== undefined) state.head.service_tier = tier;
  const response = buildHead(state, context);
  if (!state.isOwn) {
    const finish = encodeFinish(event.finish, state.hasRefusal);
    response.status = finish.status;
    response.incomplete_details = finish.incomplete_details;
    if (finish.status === 'completed') response.completed_at = Math.floor(context.now / 1000);
    if (finish.status === 'failed') response.error = { code: 'server_error', message: 'the provider failed' };
    if (finish.status === 'incomplete') markIncomplete(state);
  }
  response.output = wholeItems(state);
  const usage = state.usage === undefined ? null : encodeUsage(state.usage);
  if (usage !== null || !state.isOwn) response.usage = usage;
  const status =
    isTerminal(response.status) && response.status !== 'cancelled' ? response.status : 'completed';
  push(state, frames, `response.${status}`, { response });
}

/** An item that never became whole leaves a hole. */
function wholeItems({ output }: EncodeState): Json[] {
  return output.filter((item) => item !== null && item !== undefined);
}

/** The message the answer broke off in is not whole either. A signature of its own may follow it. */
function markIncomplete({ output }: EncodeState): void {
  const at = output.findLastIndex((item) => isObject(item) && item.type !== 'reasoning');
  const last = output[at];
  if (isObject(last) && last.type === 'message') output[at] = { ...last, status: 'incomplete' };
}

function writeFailure(
  error: UpstreamError,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  state.ended = true;
  const event = ownEvent(error);
  if (event !== undefined) {
    push(state, frames, 'error', event);
    return;
  }
  const { code: word, message, param } = writeError(error);
  const code = word === null || word === undefined ? 'server_error' : String(word);
  if (!state.started) {
    push(state, frames, 'error', { code, message, param: param ?? null });
    return;
  }
  const response = buildHead(state, context);
  response.status = 'failed';
  response.error = { code, message };
  response.incomplete_details = null;
  response.output = wholeItems(state);
  response.usage = state.usage === undefined ? null : encodeUsage(state.usage);
  push(state, frames, 'response.failed', { response });
}
