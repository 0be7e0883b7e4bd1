import {
  assign,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
  type RefusalPart,
  type TextPart,
  warn,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { encodeCache } from '../cache.ts';
import { encodeDataUrl } from '../data-url.ts';

import { encodeLogprobs } from '../logprobs.ts';
import { audioFormat, defaultName } from '../media-types.ts';
import { encodeAnnotation } from './citations.ts';
import { mediaField, textType } from './decode-content.ts';
import { DIALECT, ownFields, warnForeign, writeOwn } from './dialect.ts';
import { here, type ResponsesWriter } from './writer.ts';

/** One entry of a message's `content` or of a tool's output; `undefined`, with a warning, where there is none. */
export function encodeContent(part: Part, isAnswer: boolean, writer: ResponsesWriter): Json | undefined {
  const wire = encodePart(part, isAnswer, writer);
  if (wire === undefined || part.type === 'opaque') return wire;
  warnForeign(writer, part.extensions, here(writer));
  if (part.signature !== undefined)
    warnHere(writer, 'dropped', 'a signature of another service cannot be replayed here', '/signature');
  if (part.type === 'media' && part.mediaType.startsWith('image/'))
    warnLost(part, ['signature', 'detail'], writer);
  if (part.cache !== undefined) writeCache(wire, part, writer);
  writeOwn(wire, part.extensions);
  return wire;
}

function encodePart(part: Part, isAnswer: boolean, writer: ResponsesWriter): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, isAnswer, writer);
    case 'refusal':
      return encodeRefusal(part, isAnswer, writer);
    case 'json':
      return { type: textType(isAnswer), text: JSON.stringify(part.value) };
    case 'media':
      return encodeMedia(part, isAnswer, writer);
    case 'opaque':
      // Whatever its own dialect wrote is an entry of a list.
      if (part.dialect === DIALECT) return part.value as JsonObject;
      warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
      return undefined;
    default:
      warnHere(writer, 'dropped', `a '${part.type}' has no place in a message here`);
      return undefined;
  }
}

function encodeText(part: TextPart, isAnswer: boolean, writer: ResponsesWriter): JsonObject {
  const own = ownFields(part.extensions);
  const type = typeof own?.$type === 'string' ? own.$type : textType(isAnswer);
  const wire: JsonObject = { type, text: part.text };
  if (isAnswer && !writer.isOwn) wire.annotations = [];
  assign(wire, own?.$part);
  if (part.citations !== undefined) writeCitations(part, part.citations, wire, isAnswer, writer);
  if (part.logprobs !== undefined && writer.isOwn) wire.logprobs ??= encodeLogprobs(part.logprobs);
  return wire;
}

function writeCitations(
  part: TextPart,
  citations: NonNullable<TextPart['citations']>,
  wire: JsonObject,
  isAnswer: boolean,
  writer: ResponsesWriter,
): void {
  const annotations: Json[] = [];
  for (let index = 0; index < citations.length; index++) {
    const citation = citations[index];
    if (citation === undefined) continue;
    const takes = isAnswer || writer.isOwn;
    const annotation = takes ? encodeAnnotation(citation, writer.isOwn, part.text.length) : undefined;
    if (annotation !== undefined) {
      annotations.push(annotation);
      if (!writer.isOwn && (citation.quote !== undefined || citation.opaque !== undefined))
        warnHere(writer, 'approximated', 'a citation is sent without its words', `/citations/${index}`);
    } else warnHere(writer, 'dropped', 'a citation without an address is left out', `/citations/${index}`);
  }
  if (annotations.length > 0) wire.annotations = annotations;
}

function encodeRefusal(part: RefusalPart, isAnswer: boolean, writer: ResponsesWriter): JsonObject {
  if (isAnswer || writer.isOwn) return { type: 'refusal', refusal: part.text };
  return { type: 'input_text', text: part.text };
}

function refuse(writer: ResponsesWriter, message: string): undefined {
  warnHere(writer, 'unsupported', message);
  return undefined;
}

function encodeMedia(media: MediaPart, isAnswer: boolean, writer: ResponsesWriter): JsonObject | undefined {
  const own = ownFields(media.extensions);
  if (isAnswer && own === undefined) return refuse(writer, 'a turn of the assistant holds no media here');
  const type = typeof own?.$type === 'string' ? own.$type : mediaField(media);
  switch (type) {
    case 'input_image':
      return encodeImage(media, own, writer);
    case 'input_audio':
      return encodeAudio(media, own, writer);
    default:
      if (media.mediaType.startsWith('video/') && own === undefined)
        return refuse(writer, 'the service takes no video');
      return encodeFile(media, own, writer);
  }
}

function encodeImage(
  media: MediaPart,
  own: JsonObject | undefined,
  writer: ResponsesWriter,
): JsonObject | undefined {
  const wire: JsonObject = { type: 'input_image' };
  const { source } = media;
  if (source.type === 'file') {
    if (!ownsFile(source.dialect))
      return refuse(writer, `an image only ${source.dialect} can read is left out`);
    wire.file_id = source.value;
  } else {
    const url = encodeUrl(media, own);
    if (url === undefined) return refuse(writer, 'an image must be base64 or an address');
    wire.image_url = url;
  }
  const detail = media.detail ?? (writer.isOwn ? undefined : 'auto');
  if (detail !== undefined) wire.detail = detail;
  assign(wire, own?.$part);
  return wire;
}

/** Both APIs of the service share its files. */
function ownsFile(dialect: string): boolean {
  return dialect === DIALECT || dialect === 'openai-chat';
}

/** `undefined` when the media is neither bytes nor an address. */
function encodeUrl(media: MediaPart, own: JsonObject | undefined): string | undefined {
  const { source } = media;
  if (source.type === 'url') return source.url;
  if (source.type !== 'base64') return undefined;
  const prefix = own?.$prefix;
  return encodeDataUrl(media.mediaType, source.data, typeof prefix === 'string' ? prefix : undefined);
}

function encodeAudio(
  media: MediaPart,
  own: JsonObject | undefined,
  writer: ResponsesWriter,
): JsonObject | undefined {
  if (own === undefined && !writer.isOwn) return refuse(writer, 'this API of the service takes no sound');
  if (media.source.type !== 'base64') return refuse(writer, 'sound must be base64');
  const format = typeof own?.$format === 'string' ? own.$format : audioFormat(media.mediaType);
  return { type: 'input_audio', input_audio: { data: media.source.data, format } };
}

function encodeFile(
  media: MediaPart,
  own: JsonObject | undefined,
  writer: ResponsesWriter,
): JsonObject | undefined {
  const { source } = media;
  const wire: JsonObject = { type: 'input_file' };
  switch (source.type) {
    case 'file':
      if (!ownsFile(source.dialect))
        return refuse(writer, `a file only ${source.dialect} can read is left out`);
      wire.file_id = source.value;
      break;
    case 'text':
      return encodeTextDocument(media, source.text, writer);
    case 'url':
      wire[own?.$field === 'file_data' ? 'file_data' : 'file_url'] = source.url;
      break;
    default:
      wire.file_data = encodeUrl(media, own);
  }
  const needsName = source.type === 'base64' && !writer.isOwn;
  const filename = media.filename ?? (needsName ? defaultName(media) : undefined);
  // A name beside an address or an id is refused ("Mutually exclusive parameters").
  if (filename !== undefined && (source.type === 'base64' || writer.isOwn)) wire.filename = filename;
  else if (filename !== undefined) warnHere(writer, 'dropped', 'only bytes have a name here', '/filename');
  if (media.title !== undefined) {
    if (String(filename).startsWith(media.title))
      warnHere(writer, 'approximated', 'the title of a document is the name of its file', '/title');
    else warnHere(writer, 'dropped', 'the title of a document is left out', '/title');
  }
  if (media.detail !== undefined) {
    if (writer.isOwn) wire.detail = media.detail;
    else warnHere(writer, 'dropped', 'the resolution of a document cannot be chosen', '/detail');
  }
  assign(wire, own?.$part);
  return wire;
}

/** A document that is plain text needs no file: it is text under its title. */
function encodeTextDocument(media: MediaPart, text: string, writer: ResponsesWriter): JsonObject {
  warnHere(writer, 'approximated', 'a text document is sent as ordinary text under its title');
  const title = media.title ?? media.filename;
  return { type: 'input_text', text: title === undefined ? text : `${title}\n\n${text}` };
}

/** Where the model takes no breakpoints, it is told once that they stay behind. */
export function writeCache(wire: JsonObject, part: Part, writer: ResponsesWriter): void {
  const own = ownFields(part.extensions);
  if (part.cache === undefined) return;
  if (writer.isOwn && own?.$cache === 'cache_control') {
    wire.cache_control = encodeCache(part.cache);
  } else if (writer.isOwn || writer.rule.cacheBreakpoints === true) {
    wire.prompt_cache_breakpoint = { mode: 'explicit' };
  } else {
    tellCache(writer, `${here(writer)}/cache`);
  }
}

export function tellCache(writer: ResponsesWriter, path: string): void {
  const message = 'a cache breakpoint is not sent: the service itself decides what it caches';
  warn(writer, 'approximated', path, message);
}
