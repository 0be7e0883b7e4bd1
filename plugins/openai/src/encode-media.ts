import { assign, type JsonObject, type MediaPart, warnHere } from '@dragoman/plugin-sdk';
import { encodeDataUrl } from './data-url.ts';
import { DIALECT, ownFields } from './dialect.ts';
import { audioFormat, defaultName, wireType } from './media-types.ts';
import type { RequestWriter } from './writer.ts';

/** The content part of an image, sound, video or document; `undefined`, with a warning, where there is none. */
export function encodeMedia(media: MediaPart, writer: RequestWriter): JsonObject | undefined {
  const own = ownFields(media.extensions);
  switch (wireType(media)) {
    case 'image_url':
      return encodeAddress(media, 'image_url', own, writer);
    case 'document_url':
      return encodeAddress(media, 'document_url', own, writer);
    case 'video_url':
      if (own !== undefined || writer.isOwn || writer.options.video === true) {
        return encodeAddress(media, 'video_url', own, writer);
      }
      return refuse(writer, 'the service takes no video');
    case 'input_audio':
      return encodeAudio(media, own, writer);
    default:
      return encodeFile(media, own, writer);
  }
}

function refuse(writer: RequestWriter, message: string): undefined {
  warnHere(writer, 'unsupported', message);
  return undefined;
}

function encodeAddress(
  media: MediaPart,
  type: string,
  own: JsonObject | undefined,
  writer: RequestWriter,
): JsonObject | undefined {
  const url = encodeUrl(media);
  if (url === undefined) return refuse(writer, 'an image or video must be base64 or an address');
  if (own?.$url === 'string') return { type, [type]: url };
  const inner: JsonObject = { url };
  if (media.detail !== undefined) inner.detail = media.detail;
  assign(inner, own?.$inner);
  return { type, [type]: inner };
}

/** `undefined` when the media is neither bytes nor an address. */
export function encodeUrl(media: MediaPart): string | undefined {
  const { source } = media;
  if (source.type === 'url') return source.url;
  if (source.type !== 'base64') return undefined;
  const prefix = ownFields(media.extensions)?.$prefix;
  return encodeDataUrl(media.mediaType, source.data, typeof prefix === 'string' ? prefix : undefined);
}

function encodeAudio(
  media: MediaPart,
  own: JsonObject | undefined,
  writer: RequestWriter,
): JsonObject | undefined {
  if (media.source.type !== 'base64') return refuse(writer, 'sound must be base64');
  const format = typeof own?.$format === 'string' ? own.$format : audioFormat(media.mediaType);
  const inner: JsonObject = { data: media.source.data, format };
  assign(inner, own?.$inner);
  return { type: 'input_audio', input_audio: inner };
}

function encodeFile(
  media: MediaPart,
  own: JsonObject | undefined,
  writer: RequestWriter,
): JsonObject | undefined {
  const { source } = media;
  const inner: JsonObject = {};
  switch (source.type) {
    case 'file':
      if (source.dialect !== DIALECT)
        return refuse(writer, `a file only ${source.dialect} can read is left out`);
      inner.file_id = source.value;
      break;
    case 'text':
      return encodeTextDocument(media, source.text, writer);
    case 'url':
      if (!writer.isOwn && writer.options.fileUrls !== true) {
        return refuse(writer, 'the service takes documents as bytes, not by address');
      }
      inner.file_data = source.url;
      break;
    default:
      inner.file_data = encodeUrl(media);
  }
  const needsName = source.type === 'base64' && !writer.isOwn;
  const filename = media.filename ?? (needsName ? defaultName(media) : undefined);
  if (filename !== undefined) inner.filename = filename;
  assign(inner, own?.$inner);
  return { type: 'file', file: inner };
}

/** A document that is plain text needs no file: it is text under its title. */
function encodeTextDocument(media: MediaPart, text: string, writer: RequestWriter): JsonObject {
  warnHere(writer, 'approximated', 'a text document is sent as ordinary text under its title');
  const title = media.title ?? media.filename;
  return { type: 'text', text: title === undefined ? text : `${title}\n\n${text}` };
}
