import {
  decodeBase64Text,
  imageTypeOf,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
} from '@dragoman/plugin-sdk';
import { readCache } from './cache.ts';
import { DIALECT, FAMILY } from './dialect.ts';

const IMAGE_FIELDS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_FIELDS = new Set(['type', 'source', 'cache_control', 'title']);
const SEARCH_FIELDS = new Set(['type', 'content', 'title', 'cache_control']);

/** An image or a document; `undefined` when its source is one the hub has no word for. */
export function decodeMedia(block: JsonObject): MediaPart | undefined {
  const isImage = block.type === 'image';
  const source = isObject(block.source) ? decodeSource(block.source, isImage) : undefined;
  if (source === undefined) return undefined;
  let own = leftover(block, isImage ? IMAGE_FIELDS : DOCUMENT_FIELDS);
  if (source.form !== undefined) {
    own ??= {};
    own.$source = source.form;
  }
  const part: MediaPart = { type: 'media', mediaType: source.mediaType, source: source.source };
  if (!isImage && block.title !== undefined) {
    if (typeof block.title === 'string') part.title = block.title;
    else {
      own ??= {};
      own.title = block.title;
    }
  }
  if (own !== undefined) part.extensions = { [DIALECT]: own };
  readCache(part, block.cache_control);
  return part;
}

interface DecodedSource {
  mediaType: string;
  source: MediaPart['source'];
  /** The wire's own form, where the hub's words do not tell. */
  form?: Json;
}

function decodeSource(source: JsonObject, isImage: boolean): DecodedSource | undefined {
  const fields = Object.keys(source).length;
  if (source.type === 'base64' && typeof source.data === 'string' && fields === 3) {
    if (typeof source.media_type !== 'string') return undefined;
    return { mediaType: source.media_type, source: { type: 'base64', data: source.data } };
  }
  if (source.type === 'url' && typeof source.url === 'string' && fields === 2) {
    return { mediaType: isImage ? 'image/*' : 'application/pdf', source: { type: 'url', url: source.url } };
  }
  if (source.type === 'file' && typeof source.file_id === 'string' && fields === 2) {
    return {
      mediaType: isImage ? 'image/*' : 'application/*',
      source: { type: 'file', dialect: DIALECT, family: FAMILY, value: source.file_id },
    };
  }
  if (isImage) return undefined;
  if (source.type === 'text' && typeof source.data === 'string' && fields === 3) {
    if (typeof source.media_type !== 'string') return undefined;
    return { mediaType: source.media_type, source: { type: 'text', text: source.data } };
  }
  if (source.type === 'content' && typeof source.content === 'string' && fields === 2) {
    return { mediaType: 'text/plain', source: { type: 'text', text: source.content }, form: 'content' };
  }
  return undefined;
}

/** A search result reads as a titled text everywhere else; the block's own shape is kept for its way back. */
export function decodeSearchResult(block: JsonObject): MediaPart | undefined {
  if (!Array.isArray(block.content)) return undefined;
  const texts: string[] = [];
  let isPlain = block.content.length === 1;
  for (const item of block.content) {
    if (!isObject(item) || item.type !== 'text' || typeof item.text !== 'string') return undefined;
    if (Object.keys(item).length !== 2) isPlain = false;
    texts.push(item.text);
  }
  const own: JsonObject = leftover(block, SEARCH_FIELDS) ?? {};
  own.$type = 'search_result';
  if (!isPlain) own.content = block.content;
  const part: MediaPart = {
    type: 'media',
    mediaType: 'text/plain',
    source: { type: 'text', text: texts.join('\n') },
    extensions: { [DIALECT]: own },
  };
  if (typeof block.title === 'string') part.title = block.title;
  else if (block.title !== undefined) own.title = block.title;
  readCache(part, block.cache_control);
  return part;
}

/**
 * The block of a media part without cache and extensions, or the reason why there is none. `isOwn`: it came in this dialect,
 * and goes back as it came.
 */
export function encodeMedia(part: MediaPart, isOwn: boolean): JsonObject | string {
  const own = part.extensions?.[DIALECT];
  const source = part.source;
  if (own?.$type === 'search_result' && source.type === 'text') {
    const block: JsonObject = { type: 'search_result', content: [{ type: 'text', text: source.text }] };
    if (part.title !== undefined) block.title = part.title;
    return block;
  }
  const mediaType = part.mediaType.split(';', 1)[0] ?? part.mediaType;
  const isImage = mediaType.startsWith('image/');
  const type = isImage ? 'image' : 'document';
  const wire = encodeSource(part, mediaType, isImage, own?.$source === 'content', isOwn);
  if (typeof wire === 'string') return wire;
  const block: JsonObject = { type, source: wire };
  const title = part.title ?? part.filename;
  if (title !== undefined && !isImage) block.title = title;
  return block;
}

function encodeSource(
  part: MediaPart,
  mediaType: string,
  isImage: boolean,
  isContent: boolean,
  isOwn: boolean,
): JsonObject | string {
  const source = part.source;
  switch (source.type) {
    case 'file':
      if (source.dialect !== DIALECT) return 'a file stored with another service cannot be read here';
      return { type: 'file', file_id: source.value };
    case 'text':
      if (isContent) return { type: 'content', content: source.text };
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'url':
      if (!isImage && !isDocument(mediaType)) return `${mediaType} is not accepted`;
      return { type: 'url', url: source.url };
    case 'base64':
      if (isImage && !isOwn) return encodeImage(mediaType, source.data);
      if (isImage) return { type: 'base64', media_type: part.mediaType, data: source.data };
      if (mediaType.startsWith('text/')) return encodeText(source.data, mediaType);
      if (!isDocument(mediaType)) return `${mediaType} is not accepted`;
      return { type: 'base64', media_type: part.mediaType, data: source.data };
  }
}

/** "The image was specified using the image/jpeg media type, but the image appears to be a image/png image". */
function encodeImage(mediaType: string, data: string): JsonObject {
  return { type: 'base64', media_type: imageTypeOf(data) ?? mediaType.replace('/jpg', '/jpeg'), data };
}

function isDocument(mediaType: string): boolean {
  return mediaType === 'application/pdf' || mediaType === 'application/*';
}

/** Text that came as base64: a document's base64 source may only be a PDF, so it goes as text. */
function encodeText(base64: string, mediaType: string): JsonObject | string {
  const text = decodeBase64Text(base64);
  if (text === undefined) return `${mediaType} that is not UTF-8 text in base64 is not accepted`;
  return { type: 'text', media_type: 'text/plain', data: text };
}
