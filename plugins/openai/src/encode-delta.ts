import {
  assign,
  type CanonicalEvent,
  isObject,
  type Json,
  type JsonObject,
  type PartDelta,
  type PartStart,
} from '@dragoman/plugin-sdk';
import { encodeAnnotation } from './citations.ts';
import { encodeDataUrl } from './data-url.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import type { EncodeState, OpenPart } from './encode-state.ts';
import { encodeLogprobs } from './logprobs.ts';
import { formatOf } from './reasoning.ts';
import { CALL_SIGNATURE, NO_DETAIL, warnReply } from './reply-writer.ts';

export interface EncodedDelta {
  candidate: number;
  delta: JsonObject;
  logprobs?: Json;
}

/** What a part opens with: `undefined` when clients of this dialect do not see it, `{}` when its deltas say it all. */
export function encodePartStart(
  event: CanonicalEvent & { type: 'part-start' },
  candidate: number,
  state: EncodeState,
): JsonObject | undefined {
  const { part, index } = event;
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'json':
      state.parts[index] = { type: part.type, candidate, length: 0 };
      return {};
    case 'reasoning':
      state.parts[index] = openReasoning(part, candidate, state);
      return {};
    case 'tool-call':
      return startCall(part, index, candidate, state);
    case 'media':
      return startMedia(part, index, candidate, state);
    case 'tool-result':
      warnReply(
        state,
        `/parts/${index}`,
        'the result of a tool the provider ran itself has no place in a chat reply',
      );
      return undefined;
    case 'opaque':
      if (part.dialect !== DIALECT)
        warnReply(state, `/parts/${index}`, `a part only ${part.dialect} can read is left out`);
      return undefined;
  }
}

/**
 * Where a signature may follow, the text goes out as a detail too: the client sends details back, and a signature is
 * worth nothing without its text. Clients join the pieces of one detail by its index.
 */
function openReasoning(
  part: PartStart & { type: 'reasoning' },
  candidate: number,
  state: EncodeState,
): OpenPart {
  const own = ownFields(part.extensions);
  const open: OpenPart = { type: 'reasoning', candidate };
  if (typeof own?.$field === 'string') open.field = own.$field;
  if (typeof own?.$place === 'string') open.place = own.$place;
  if (isObject(own?.$detail)) open.detail = own.$detail;
  if (state.signedBy !== undefined) {
    open.field = 'reasoning_content';
    open.detail = { format: state.signedBy, index: state.details++ };
  } else if (part.summary === true) open.summary = true;
  if (part.redacted === true) open.redacted = true;
  return open;
}

function startCall(
  part: PartStart & { type: 'tool-call' },
  index: number,
  candidate: number,
  state: EncodeState,
): JsonObject | undefined {
  if (part.kind === 'hosted') {
    warnReply(
      state,
      `/parts/${index}`,
      'a call of a tool the provider ran itself has no place in a chat reply',
    );
    return undefined;
  }
  const own = ownFields(part.extensions);
  const place = state.calls[candidate] ?? 0;
  state.calls[candidate] = place + 1;
  const name = part.namespace === undefined ? part.name : `${part.namespace}__${part.name}`;
  const isLegacy = own?.$legacy === true || (state.functions && place === 0);
  const open: OpenPart = {
    type: 'tool-call',
    candidate,
    call: place,
    kind: part.kind,
    legacy: isLegacy,
    hasInput: false,
  };
  state.parts[index] = open;
  if (isLegacy) return { function_call: { name, arguments: '' } };
  const call: JsonObject = { index: place, id: part.id };
  if (part.kind === 'custom') {
    call.type = 'custom';
    call.custom = { name, input: '' };
  } else {
    call.type = 'function';
    call.function = { name, arguments: '' };
  }
  writeOwn(call, part.extensions);
  return { tool_calls: [call] };
}

function startMedia(
  part: PartStart & { type: 'media' },
  index: number,
  candidate: number,
  state: EncodeState,
): JsonObject | undefined {
  const own = ownFields(part.extensions);
  const isAudio = own?.$place === 'audio' || part.mediaType.startsWith('audio/');
  const form = part.source?.type ?? 'base64';
  if (form !== 'base64' && (form !== 'url' || isAudio)) {
    warnReply(
      state,
      `/parts/${index}`,
      `'${part.mediaType}' that is not in the answer itself has no place here`,
    );
    return undefined;
  }
  if (isAudio) {
    if (part.detail !== undefined) warnReply(state, `/parts/${index}/detail`, NO_DETAIL);
    state.parts[index] = { type: 'audio', candidate };
    return {};
  }
  if (!part.mediaType.startsWith('image/') && own?.$place !== 'images') {
    warnReply(state, `/parts/${index}`, `'${part.mediaType}' has no place in a chat reply`);
    return undefined;
  }
  const image: JsonObject = { type: 'image_url' };
  const place = state.images[candidate] ?? 0;
  state.images[candidate] = place + 1;
  if (own === undefined) image.index = place;
  else writeOwn(image, part.extensions);
  const inner: JsonObject = {};
  if (part.detail !== undefined) inner.detail = part.detail;
  assign(inner, own?.$inner);
  image.image_url = inner;
  if (part.source?.type === 'url') {
    inner.url = part.source.url;
    return { images: [image] };
  }
  const open: OpenPart = { type: 'image', candidate, image, mediaType: part.mediaType };
  if (typeof own?.$prefix === 'string') open.prefix = own.$prefix;
  state.parts[index] = open;
  return {};
}

/** `undefined`: the delta says nothing to clients of this dialect. */
export function encodeDeltaEvent(
  event: CanonicalEvent & { type: 'part-delta' },
  state: EncodeState,
): EncodedDelta | undefined {
  const part = state.parts[event.index];
  if (part === undefined) return undefined;
  const { delta } = event;
  const { candidate } = part;
  switch (delta.type) {
    case 'text':
      part.length = (part.length ?? 0) + delta.text.length;
      return { candidate, delta: { content: delta.text } };
    case 'json':
      return { candidate, delta: { content: delta.text } };
    case 'refusal':
      return { candidate, delta: { refusal: delta.text } };
    case 'reasoning':
      return { candidate, delta: reasoningDelta(delta.text, part) };
    case 'tool-input':
      part.hasInput = true;
      return { candidate, delta: inputDelta(delta.text, part) };
    case 'logprobs':
      return { candidate, delta: {}, logprobs: { content: encodeLogprobs(delta.logprobs), refusal: null } };
    case 'citation': {
      const annotation = encodeAnnotation(delta.citation, state.isOwn, part.length ?? 0);
      if (annotation !== undefined) return { candidate, delta: { annotations: [annotation] } };
      warnReply(state, `/parts/${event.index}/citations`, 'only citations of web pages have a place here');
      return undefined;
    }
    case 'signature':
      return signatureDelta(delta, part, `/parts/${event.index}/signature`, state);
    case 'media-data':
      return mediaDelta(delta.data, part);
    case 'opaque':
      if (delta.dialect !== DIALECT || part.type !== 'audio' || !isObject(delta.value)) return undefined;
      return { candidate, delta: { audio: delta.value } };
  }
}

function reasoningDelta(text: string, part: OpenPart): JsonObject {
  if (part.place === 'content')
    return { content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] };
  if (part.detail === undefined) return { [part.field ?? 'reasoning_content']: text };
  const detail: JsonObject = part.summary
    ? { type: 'reasoning.summary', summary: text }
    : { type: 'reasoning.text', text };
  assign(detail, part.detail);
  const delta: JsonObject = { reasoning_details: [detail] };
  if (part.field !== undefined) delta[part.field] = text;
  return delta;
}

function inputDelta(text: string, part: OpenPart): JsonObject {
  if (part.legacy) return { function_call: { arguments: text } };
  const call: JsonObject = { index: part.call };
  if (part.kind === 'custom') {
    call.type = 'custom';
    call.custom = { input: text };
  } else {
    call.function = { arguments: text };
  }
  return { tool_calls: [call] };
}

/** Signatures travel where clients of OpenRouter and of Google's compatible service look for them and send them back. */
function signatureDelta(
  delta: PartDelta & { type: 'signature' },
  part: OpenPart,
  path: string,
  state: EncodeState,
): EncodedDelta | undefined {
  const { candidate } = part;
  const { signature } = delta;
  if (part.type === 'tool-call') {
    if (signature.family !== 'google' || part.legacy) {
      if (!state.isOwn) warnReply(state, path, CALL_SIGNATURE);
      return undefined;
    }
    // An empty `function`, because @ai-sdk/openai (4.0, seen 2026-11) takes no piece of a call without one.
    const call = {
      index: part.call,
      function: {},
      extra_content: { google: { thought_signature: signature.value } },
    };
    return { candidate, delta: { tool_calls: [call] } };
  }
  if (part.type !== 'reasoning') return undefined;
  const detail: JsonObject = part.redacted
    ? { type: 'reasoning.encrypted', data: signature.value }
    : { type: 'reasoning.text', signature: signature.value };
  if (part.detail !== undefined) assign(detail, part.detail);
  const format = state.isOwn ? undefined : formatOf({ signature });
  if (format !== undefined) detail.format = format;
  return { candidate, delta: { reasoning_details: [detail] } };
}

/** Sound goes out as it comes; an image is one address, so its pieces wait for the end of the part. */
function mediaDelta(data: string, part: OpenPart): EncodedDelta | undefined {
  if (part.type === 'audio') return { candidate: part.candidate, delta: { audio: { data } } };
  part.data = part.data === undefined ? data : part.data + data;
  return undefined;
}

/** The chunk that closes a part, where it takes one. */
export function encodePartEnd(part: OpenPart, state: EncodeState): EncodedDelta | undefined {
  const { candidate, image } = part;
  if (image !== undefined && isObject(image.image_url)) {
    image.image_url.url = encodeDataUrl(part.mediaType ?? 'image/*', part.data ?? '', part.prefix);
    return { candidate, delta: { images: [image] } };
  }
  // A call without any arguments: clients parse the text, and empty text is no JSON.
  const isEmpty = part.type === 'tool-call' && part.kind !== 'custom' && part.hasInput === false;
  return isEmpty && !state.isOwn ? { candidate, delta: inputDelta('{}', part) } : undefined;
}
