import {
  type CacheBreakpoint,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
  type OpaquePart,
  type Part,
  type RefusalPart,
  type TextPart,
} from '@dragoman/plugin-sdk';
import { decodeCache } from '../cache.ts';
import { decodeUrl } from '../data-url.ts';

import { decodeLogprobs } from '../logprobs.ts';
import { audioType, fileType } from '../media-types.ts';
import { decodeAnnotation } from './citations.ts';
import { DIALECT, keepOwn, makeOwn } from './dialect.ts';

/** What stands in the content of a message, or in the output of a tool. */
export type ContentPart = TextPart | RefusalPart | MediaPart | OpaquePart;

/** One entry of a message's `content`; `isAnswer`: the message is the assistant's. Unknown shapes are kept whole. */
export function decodeContent(wire: Json, isAnswer: boolean): ContentPart {
  const part = isObject(wire) ? readContent(wire, isAnswer) : undefined;
  return part ?? { type: 'opaque', dialect: DIALECT, value: wire };
}

function readContent(wire: JsonObject, isAnswer: boolean): ContentPart | undefined {
  switch (wire.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return readText(wire, isAnswer);
    case 'refusal':
      return readRefusal(wire);
    case 'input_image':
      return readImage(wire);
    case 'input_file':
      return readFile(wire);
    case 'input_audio':
      return readAudio(wire);
    default:
      return undefined;
  }
}

/** How a text is spelled where nothing says otherwise. */
export function textType(isAnswer: boolean): string {
  return isAnswer ? 'output_text' : 'input_text';
}

const TEXT_FIELDS = new Set(['type', 'text', 'annotations', 'logprobs', ...cacheFields()]);

function readText(wire: JsonObject, isAnswer: boolean): TextPart | undefined {
  if (typeof wire.text !== 'string') return undefined;
  const part: TextPart = { type: 'text', text: wire.text };
  // Fields that say nothing, or nothing the hub has words for, only come back as they were.
  const form: JsonObject = {};
  const { annotations, logprobs } = wire;
  if (Array.isArray(annotations) && annotations.length > 0)
    part.citations = annotations.map(decodeAnnotation);
  else if (annotations !== undefined) form.annotations = annotations;
  const decoded = Array.isArray(logprobs) && logprobs.length > 0 ? decodeLogprobs(logprobs) : undefined;
  if (decoded !== undefined) part.logprobs = decoded;
  if (logprobs !== undefined && (decoded === undefined || !isPlain(logprobs, false)))
    form.logprobs = logprobs;
  if (!isEmpty(form)) makeOwn(part).$part = form;
  if (wire.type !== textType(isAnswer)) makeOwn(part).$type = wire.type;
  keepOwn(part, leftover(wire, TEXT_FIELDS));
  readCache(part, wire);
  return part;
}

/** True when every entry has the documented fields and no other: then it is written back as it was. */
function isPlain(list: Json, isTop: boolean): boolean {
  if (!Array.isArray(list)) return false;
  for (const entry of list) {
    if (!isObject(entry)) return false;
    const { token: _, logprob: __, bytes, top_logprobs: top, ...rest } = entry;
    if (!isEmpty(rest) || !Array.isArray(bytes)) return false;
    if (isTop ? top !== undefined : !isPlain(top ?? null, true)) return false;
  }
  return true;
}

const REFUSAL_FIELDS = new Set(['type', 'refusal']);

function readRefusal(wire: JsonObject): RefusalPart | undefined {
  if (typeof wire.refusal !== 'string') return undefined;
  const part: RefusalPart = { type: 'refusal', text: wire.refusal };
  keepOwn(part, leftover(wire, REFUSAL_FIELDS));
  return part;
}

const IMAGE_FIELDS = new Set(['type', 'image_url', 'file_id', 'detail', ...cacheFields()]);

function readImage(wire: JsonObject): MediaPart | undefined {
  const { image_url: url, file_id: id } = wire;
  const media = typeof url === 'string' ? readUrl(url, 'image/*') : readId(id, 'image/*');
  if (media === undefined) return undefined;
  const form: JsonObject = {};
  // The field that is not used is often there as null.
  if (typeof url === 'string') keepForm(form, 'file_id', id);
  else keepForm(form, 'image_url', url);
  return finishMedia(media, wire, form, IMAGE_FIELDS);
}

const FILE_FIELDS = new Set([
  'type',
  'file_data',
  'file_url',
  'file_id',
  'filename',
  'detail',
  ...cacheFields(),
]);

function readFile(wire: JsonObject): MediaPart | undefined {
  const { file_data: bytes, file_url: url, file_id: id, filename } = wire;
  const form: JsonObject = {};
  const known = fileType(filename);
  let media: MediaPart | undefined;
  if (typeof bytes === 'string') {
    media = readBytes(bytes, known ?? 'application/pdf');
    keepForm(form, 'file_url', url);
    keepForm(form, 'file_id', id);
  } else if (typeof url === 'string') {
    // An address of a document; a data URL here would be read as bytes, so it is none.
    media = { type: 'media', mediaType: known ?? 'application/pdf', source: { type: 'url', url } };
    keepForm(form, 'file_data', bytes);
    keepForm(form, 'file_id', id);
  } else {
    media = readId(id, known ?? 'application/octet-stream');
    keepForm(form, 'file_data', bytes);
    keepForm(form, 'file_url', url);
  }
  if (media === undefined) return undefined;
  if (typeof filename === 'string') media.filename = filename;
  else keepForm(form, 'filename', filename);
  return finishMedia(media, wire, form, FILE_FIELDS);
}

const AUDIO_FIELDS = new Set(['type', 'input_audio', ...cacheFields()]);
const SOUND_FIELDS = new Set(['data', 'format']);

function readAudio(wire: JsonObject): MediaPart | undefined {
  const { input_audio: audio } = wire;
  if (!isObject(audio) || typeof audio.data !== 'string' || typeof audio.format !== 'string')
    return undefined;
  if (leftover(audio, SOUND_FIELDS) !== undefined) return undefined;
  const mediaType = audioType(audio.format);
  const media: MediaPart = { type: 'media', mediaType, source: { type: 'base64', data: audio.data } };
  makeOwn(media).$format = audio.format;
  return finishMedia(media, wire, {}, AUDIO_FIELDS);
}

function keepForm(form: JsonObject, field: string, value: Json | undefined): void {
  if (value !== undefined) form[field] = value;
}

function finishMedia(
  media: MediaPart,
  wire: JsonObject,
  form: JsonObject,
  fields: ReadonlySet<string>,
): MediaPart {
  if (typeof wire.detail === 'string') media.detail = wire.detail;
  else keepForm(form, 'detail', wire.detail);
  if (!isEmpty(form)) makeOwn(media).$part = form;
  if (wire.type !== mediaField(media)) makeOwn(media).$type = wire.type;
  keepOwn(media, leftover(wire, fields));
  readCache(media, wire);
  return media;
}

/** The type of the content part for media of this kind. */
export function mediaField({ mediaType }: MediaPart): string {
  if (mediaType.startsWith('image/')) return 'input_image';
  return mediaType.startsWith('audio/') ? 'input_audio' : 'input_file';
}

function readUrl(url: string, fallbackType: string): MediaPart {
  const decoded = decodeUrl(url);
  const media: MediaPart = {
    type: 'media',
    mediaType: decoded.mediaType ?? fallbackType,
    source: decoded.source,
  };
  if (decoded.prefix !== undefined) makeOwn(media).$prefix = decoded.prefix;
  return media;
}

/** A data URL or bare base64. */
function readBytes(text: string, fallbackType: string): MediaPart {
  if (text.startsWith('data:')) {
    const media = readUrl(text, fallbackType);
    if (media.source.type === 'url') makeOwn(media).$field = 'file_data';
    return media;
  }
  const media: MediaPart = { type: 'media', mediaType: fallbackType, source: { type: 'base64', data: text } };
  makeOwn(media).$prefix = '';
  return media;
}

function readId(id: Json | undefined, mediaType: string): MediaPart | undefined {
  if (typeof id !== 'string') return undefined;
  return { type: 'media', mediaType, source: { type: 'file', dialect: DIALECT, value: id } };
}

function cacheFields(): string[] {
  return ['prompt_cache_breakpoint', 'cache_control'];
}

/** Reads the breakpoint of a part. One the hub has no words for is kept as it came. */
function readCache(part: Part, wire: JsonObject): void {
  const { prompt_cache_breakpoint: official, cache_control: control } = wire;
  if (isObject(official) && official.mode === 'explicit' && Object.keys(official).length === 1)
    part.cache = {};
  else if (official !== undefined) makeOwn(part).prompt_cache_breakpoint = official;
  if (control === undefined) return;
  const cache: CacheBreakpoint | undefined = part.cache === undefined ? decodeCache(control) : undefined;
  if (cache === undefined) makeOwn(part).cache_control = control;
  else {
    part.cache = cache;
    makeOwn(part).$cache = 'cache_control';
  }
}
