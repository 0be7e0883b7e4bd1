import {
  encodeBase64Text,
  type JsonObject,
  type MediaPart,
  toStandardBase64,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields } from './dialect.ts';
import { writeBackMedia } from './media.ts';
import { guessMediaType, isYoutube } from './media-types.ts';
import type { RequestWriter } from './writer.ts';

/** Names other services use for types this one knows by another. */
const SYNONYMS: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'audio/mpeg': 'audio/mp3',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
};
const RESOLUTIONS: Record<string, string> = {
  low: 'MEDIA_RESOLUTION_LOW',
  high: 'MEDIA_RESOLUTION_HIGH',
  original: 'MEDIA_RESOLUTION_ULTRA_HIGH',
};

/** A media part of a request; `undefined`, with a warning, when the service cannot read it. */
export function encodeMedia(part: MediaPart, writer: RequestWriter): JsonObject | undefined {
  if (writer.isOwn) return writeBackMedia(part, ownFields(part.extensions));
  const wire = encodeSource(part, writer);
  if (wire === undefined) return undefined;
  warnLost(part, ['signature', 'detail'], writer);
  if (part.detail !== undefined && part.detail !== 'auto') writeDetail(wire, part.detail, writer);
  return wire;
}

function encodeSource(part: MediaPart, writer: RequestWriter): JsonObject | undefined {
  const { source } = part;
  switch (source.type) {
    case 'base64':
      return { inlineData: { mimeType: exactType(part), data: toStandardBase64(source.data) } };
    case 'text':
      return { inlineData: { mimeType: textType(part), data: encodeBase64Text(source.text) } };
    case 'file':
      if (source.dialect === DIALECT) return encodeFile(String(source.value), part);
      warnHere(writer, 'unsupported', 'a file stored with another service cannot be read here');
      return undefined;
    case 'url':
      if (writer.rules.fileUrls || isYoutube(source.url)) return encodeFile(source.url, part);
      warnHere(writer, 'unsupported', 'the model reads no files from the web');
      return undefined;
  }
}

/** The type may be left out where it is not known: then the service finds it out. */
function encodeFile(uri: string, part: MediaPart): JsonObject {
  const type = part.mediaType.endsWith('/*') ? guessMediaType(uri) : exactType(part);
  return { fileData: type === undefined ? { fileUri: uri } : { mimeType: type, fileUri: uri } };
}

function exactType({ mediaType, filename }: MediaPart): string {
  if (mediaType.endsWith('/*')) return guessMediaType(filename ?? '') ?? defaultType(mediaType);
  const type = mediaType.split(';', 1)[0] ?? mediaType;
  return SYNONYMS[type] ?? type;
}

/** Text may be called a document by the type of its service. */
function textType({ mediaType }: MediaPart): string {
  return mediaType.startsWith('text/') && !mediaType.endsWith('*') ? mediaType : 'text/plain';
}

function defaultType(mediaType: string): string {
  switch (mediaType) {
    case 'image/*':
      return 'image/jpeg';
    case 'audio/*':
      return 'audio/wav';
    case 'video/*':
      return 'video/mp4';
    default:
      return 'application/pdf';
  }
}

/** A resolution for each part exists since Gemini 3. */
function writeDetail(wire: JsonObject, detail: string, writer: RequestWriter): void {
  const level = RESOLUTIONS[detail];
  if (level !== undefined && writer.rules.signedCalls) {
    wire.mediaResolution = { level };
    warnHere(writer, 'approximated', `${level} is asked for`, '/detail');
  } else {
    warnHere(writer, 'dropped', 'the resolution cannot be chosen', '/detail');
  }
}
