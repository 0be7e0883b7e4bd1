import type { Opaque, Part, PartDelta, PartStart } from './canonical.ts';
import type { Json } from './json.ts';
import { TranslateError } from './translate.ts';

/** A part that is still growing. */
export interface OpenPart {
  readonly part: Part;
  /** JSON text gathered so far, for a `json` part. */
  text: string;
  /** Turns gathered text into the part's value. */
  close?: () => void;
}

/** The part a `part-start` opens, with nothing in it yet. Shares no object that later changes with the event. */
export function openPart(start: PartStart): OpenPart {
  const open: OpenPart = { part: buildPart(start), text: '' };
  if (start.extensions !== undefined) open.part.extensions = start.extensions;
  if (start.cache !== undefined) open.part.cache = start.cache;
  const { part } = open;
  if (part.type === 'json') {
    open.close = () => {
      part.value = parseJson(open.text);
    };
  }
  return open;
}

function buildPart(start: PartStart): Part {
  switch (start.type) {
    case 'text':
    case 'refusal':
      return { type: start.type, text: '' };
    case 'reasoning': {
      const part: Part = { type: 'reasoning', text: '' };
      if (start.summary !== undefined) part.summary = start.summary;
      if (start.redacted !== undefined) part.redacted = start.redacted;
      return part;
    }
    case 'tool-call': {
      const part: Part = { type: 'tool-call', id: start.id, name: start.name, kind: start.kind, input: '' };
      if (start.namespace !== undefined) part.namespace = start.namespace;
      return part;
    }
    case 'media': {
      const source = start.source ?? { type: 'base64', data: '' };
      const part: Part = { type: 'media', mediaType: start.mediaType, source: { ...source } };
      if (start.filename !== undefined) part.filename = start.filename;
      if (start.title !== undefined) part.title = start.title;
      if (start.detail !== undefined) part.detail = start.detail;
      return part;
    }
    case 'json':
      return { type: 'json', value: null };
    case 'tool-result':
      return { ...start.part };
    case 'opaque':
      return { type: 'opaque', ...copyOpaque(start) };
    default:
      throw new TranslateError('internal', `unknown part type '${(start as { type: string }).type}'`);
  }
}

function copyOpaque({ dialect, family, value }: Opaque): Opaque {
  return family === undefined ? { dialect, value } : { dialect, family, value };
}

/** Adds one delta. Throws `TranslateError` (`internal`) when this kind of part cannot take it. */
export function addDelta(open: OpenPart, delta: PartDelta): void {
  if (applyDelta(open, delta)) return;
  throw new TranslateError('internal', `a '${open.part.type}' part takes no '${delta.type}' delta`);
}

/** False when the part does not take the delta. */
function applyDelta(open: OpenPart, delta: PartDelta): boolean {
  const { part } = open;
  switch (delta.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      if (part.type !== delta.type) return false;
      part.text += delta.text;
      return true;
    case 'tool-input':
      if (part.type !== 'tool-call') return false;
      part.input += delta.text;
      return true;
    case 'media-data':
      if (part.type !== 'media' || part.source.type !== 'base64') return false;
      part.source.data += delta.data;
      return true;
    case 'json':
      open.text += delta.text;
      return part.type === 'json';
    case 'citation':
      if (part.type !== 'text') return false;
      part.citations ??= [];
      part.citations.push(delta.citation);
      return true;
    case 'logprobs':
      if (!hasLogprobs(part)) return false;
      part.logprobs ??= [];
      part.logprobs.push(...delta.logprobs);
      return true;
    case 'signature':
      part.signature = delta.signature;
      return true;
    case 'opaque':
      keepOpaque(part, delta);
      return true;
    default:
      return false;
  }
}

function hasLogprobs(part: Part): part is Extract<Part, { logprobs?: unknown }> {
  const { type } = part;
  return type === 'text' || type === 'refusal' || type === 'reasoning' || type === 'tool-call';
}

/** Only its own dialect can say what an opaque delta does to a part, so all are kept, in order, under its id. */
function keepOpaque(part: Part, delta: Opaque): void {
  const own = part.extensions?.[delta.dialect];
  const deltas: Json[] = Array.isArray(own?.deltas) ? own.deltas.concat([delta.value]) : [delta.value];
  part.extensions = { ...part.extensions, [delta.dialect]: { ...own, deltas } };
}

function parseJson(text: string): Json {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new TranslateError('internal', "the text of a 'json' part is not JSON");
  }
}
