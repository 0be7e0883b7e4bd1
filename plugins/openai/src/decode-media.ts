import { isObject, type Json, type JsonObject, leftover, type MediaPart } from '@dragoman/plugin-sdk';
import { decodeUrl } from './data-url.ts';
import { DIALECT, makeOwn } from './dialect.ts';
import { audioFormat, audioType, fileType, wireType } from './media-types.ts';

/** The media of a content part; `undefined` when it is of no known shape. */
export function decodeMedia(part: JsonObject): MediaPart | undefined {
  const media = readMedia(part);
  // The part's own type stays known where the media type alone would choose another one.
  if (media !== undefined && wireType(media) !== part.type) makeOwn(media).$type = part.type;
  return media;
}

function readMedia(part: JsonObject): MediaPart | undefined {
  switch (part.type) {
    case 'image_url':
      return readAddress(part.image_url, 'image/*');
    case 'video_url':
      return readAddress(part.video_url, 'video/*');
    case 'document_url':
      return readAddress(part.document_url, 'application/pdf');
    case 'input_audio':
      return readAudio(part.input_audio);
    case 'file':
      return readFile(part.file);
    default:
      return undefined;
  }
}

/** `{ url }`, and the plain string that Mistral's clients send in its place. */
function readAddress(value: Json | undefined, mediaType: string): MediaPart | undefined {
  if (typeof value === 'string') {
    const media = readUrl(value, mediaType);
    makeOwn(media).$url = 'string';
    return media;
  }
  if (!isObject(value) || typeof value.url !== 'string') return undefined;
  const media = readUrl(value.url, mediaType);
  const hasDetail = typeof value.detail === 'string';
  if (typeof value.detail === 'string') media.detail = value.detail;
  keepInner(media, leftover(value, hasDetail ? new Set(['url', 'detail']) : new Set(['url'])));
  return media;
}

function readUrl(url: string, fallbackType: string): MediaPart {
  const decoded = decodeUrl(url);
  const mediaType = decoded.mediaType ?? fallbackType;
  const media: MediaPart = { type: 'media', mediaType, source: decoded.source };
  if (decoded.prefix !== undefined) makeOwn(media).$prefix = decoded.prefix;
  return media;
}

/** Fields of the object inside the part, which share no level with the part's own. */
function keepInner(media: MediaPart, fields: JsonObject | undefined): void {
  if (fields !== undefined) makeOwn(media).$inner = fields;
}

const AUDIO_FIELDS = new Set(['data', 'format']);

function readAudio(audio: Json | undefined): MediaPart | undefined {
  if (!isObject(audio) || typeof audio.data !== 'string' || typeof audio.format !== 'string')
    return undefined;
  const mediaType = audioType(audio.format);
  const media: MediaPart = { type: 'media', mediaType, source: { type: 'base64', data: audio.data } };
  if (audioFormat(mediaType) !== audio.format) makeOwn(media).$format = audio.format;
  keepInner(media, leftover(audio, AUDIO_FIELDS));
  return media;
}

const FILE_DATA_FIELDS = new Set(['file_data', 'filename']);
const FILE_ID_FIELDS = new Set(['file_id', 'filename']);

function readFile(file: Json | undefined): MediaPart | undefined {
  if (!isObject(file)) return undefined;
  const { file_data: content, file_id: id, filename } = file;
  if (filename !== undefined && typeof filename !== 'string') return undefined;
  let media: MediaPart;
  if (typeof content === 'string') {
    media = readFileData(content, filename);
    keepInner(media, leftover(file, FILE_DATA_FIELDS));
  } else if (typeof id === 'string') {
    const mediaType = fileType(filename) ?? 'application/octet-stream';
    media = { type: 'media', mediaType, source: { type: 'file', dialect: DIALECT, value: id } };
    keepInner(media, leftover(file, FILE_ID_FIELDS));
  } else {
    return undefined;
  }
  if (filename !== undefined) media.filename = filename;
  return media;
}

/** A data URL, an address (OpenRouter takes them) or bare base64. */
function readFileData(content: string, filename: string | undefined): MediaPart {
  const fallbackType = fileType(filename) ?? 'application/pdf';
  if (/^(https?|data):/.test(content.slice(0, 8))) return readUrl(content, fallbackType);
  const media: MediaPart = {
    type: 'media',
    mediaType: fallbackType,
    source: { type: 'base64', data: content },
  };
  makeOwn(media).$prefix = '';
  return media;
}
