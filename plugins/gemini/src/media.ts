import {
  decodeBase64Text,
  encodeBase64Text,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
  type MediaSource,
  toStandardBase64,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';
import { guessMediaType } from './media-types.ts';
import { named } from './names.ts';

const BLOB_FIELDS = new Set(['mimeType', 'data', 'displayName']);
const FILE_FIELDS = new Set(['mimeType', 'fileUri', 'displayName']);
/** Addresses only Google's own services can read. */
const OWN_FILES = /^(?:gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/;
const UNKNOWN_TYPE = 'application/octet-stream';

/** `inlineData`; `undefined` when it holds no data. */
export function decodeBlob(raw: JsonObject): MediaPart | undefined {
  const blob = named(raw);
  if (typeof blob.data !== 'string') return undefined;
  const part: MediaPart = {
    type: 'media',
    mediaType: typeof blob.mimeType === 'string' ? blob.mimeType : UNKNOWN_TYPE,
    source: readData(toStandardBase64(blob.data), blob.mimeType),
  };
  keepRest(part, blob, BLOB_FIELDS);
  return part;
}

/** Longer texts stay as they are: to read them costs more than it gives. */
const MAX_TEXT = 1_000_000;

/** Other services take text as text; it must come out of it the same again. */
function readData(data: string, type: Json | undefined): MediaSource {
  if (typeof type === 'string' && type.startsWith('text/') && data.length <= MAX_TEXT) {
    const text = decodeBase64Text(data);
    if (text !== undefined && encodeBase64Text(text) === data) return { type: 'text', text };
  }
  return { type: 'base64', data };
}

/** `fileData`; `undefined` when it names no file. */
export function decodeFile(raw: JsonObject): MediaPart | undefined {
  const file = named(raw);
  const uri = file.fileUri;
  if (typeof uri !== 'string') return undefined;
  const part: MediaPart = {
    type: 'media',
    mediaType: typeof file.mimeType === 'string' ? file.mimeType : (guessMediaType(uri) ?? UNKNOWN_TYPE),
    source: OWN_FILES.test(uri)
      ? { type: 'file', dialect: DIALECT, family: FAMILY, value: uri }
      : { type: 'url', url: uri },
  };
  keepRest(part, file, FILE_FIELDS);
  return part;
}

function keepRest(part: MediaPart, wire: JsonObject, known: ReadonlySet<string>): void {
  let rest = leftover(wire, known);
  if (typeof wire.displayName === 'string') part.filename = wire.displayName;
  else if (wire.displayName !== undefined) rest = { ...rest, displayName: wire.displayName };
  // An absent type was guessed: it stays absent on the way back.
  const own: JsonObject = {};
  if (typeof wire.mimeType !== 'string') own.$mimeType = wire.mimeType ?? false;
  if (rest !== undefined) own.$media = rest;
  for (const _ in own) {
    part.extensions = { [DIALECT]: own };
    return;
  }
}

/** A media part as it came in this dialect. */
export function writeBackMedia(part: MediaPart, own: JsonObject | undefined): JsonObject {
  const wire: JsonObject = {};
  const { source } = part;
  const field = source.type === 'base64' || source.type === 'text' ? 'inlineData' : 'fileData';
  if (own?.$mimeType === undefined) wire.mimeType = part.mediaType;
  else if (own.$mimeType !== false) wire.mimeType = own.$mimeType;
  if (source.type === 'base64') wire.data = source.data;
  else if (source.type === 'text') wire.data = encodeBase64Text(source.text);
  else wire.fileUri = source.type === 'url' ? source.url : source.value;
  if (part.filename !== undefined) wire.displayName = part.filename;
  if (own?.$media !== undefined) Object.assign(wire, own.$media);
  return { [field]: wire };
}
