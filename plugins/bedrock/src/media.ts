import {
  encodeBase64Text,
  imageTypeOf,
  type JsonObject,
  type MediaPart,
  warnHere,
} from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

export type MediaKind = 'image' | 'document' | 'video' | 'audio';
/** A block, or why there is none. */
type Encoded = { kind: MediaKind; block: JsonObject } | string;

const FORMATS: Record<MediaKind, Record<string, string>> = {
  image: { png: 'png', jpeg: 'jpeg', jpg: 'jpeg', gif: 'gif', webp: 'webp' },
  video: {
    mp4: 'mp4',
    quicktime: 'mov',
    'x-matroska': 'mkv',
    webm: 'webm',
    'x-flv': 'flv',
    mpeg: 'mpeg',
    'x-ms-wmv': 'wmv',
    '3gpp': 'three_gp',
  },
  audio: {
    mpeg: 'mp3',
    mp3: 'mp3',
    wav: 'wav',
    'x-wav': 'wav',
    wave: 'wav',
    aac: 'aac',
    flac: 'flac',
    mp4: 'mp4',
    ogg: 'ogg',
    opus: 'opus',
    pcm: 'pcm',
    webm: 'webm',
  },
  document: {
    'application/pdf': 'pdf',
    'text/csv': 'csv',
    'application/msword': 'doc',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
    'application/vnd.ms-excel': 'xls',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
    'text/html': 'html',
    'text/plain': 'txt',
    'text/markdown': 'md',
    'application/json': 'txt',
  },
};
/** An image, document, video or sound; `undefined`, with a warning, when the service has no place for it. */
export function encodeMedia(
  part: MediaPart,
  writer: RequestWriter,
): { kind: MediaKind; block: JsonObject } | undefined {
  const encoded = encode(part, writer);
  if (typeof encoded === 'string') {
    warnHere(writer, 'unsupported', encoded);
    return undefined;
  }
  if (part.detail !== undefined && part.detail !== 'auto') {
    warnHere(writer, 'dropped', 'the resolution of an image cannot be chosen', '/detail');
  }
  for (const field of ['title', 'filename'] as const) {
    if (part[field] === undefined || encoded.kind === 'document') continue;
    warnHere(writer, 'dropped', 'only documents have a name', `/${field}`);
  }
  return encoded;
}

function encode(part: MediaPart, writer: RequestWriter): Encoded {
  const source = encodeSource(part);
  if (typeof source === 'string') return source;
  const mediaType = part.mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const kind = kindOf(mediaType);
  const format = formatOf(part, mediaType, kind);
  if (format === undefined) return `${mediaType} is not accepted`;
  if (kind === 'audio' && !writer.takesAudio) return 'the model hears nothing';
  if (kind !== 'document') return { kind, block: { [kind]: { format, source } } };
  return { kind, block: { document: { format, name: documentName(part, writer), source } } };
}

function kindOf(mediaType: string): MediaKind {
  if (mediaType.startsWith('image/')) return 'image';
  if (mediaType.startsWith('video/')) return 'video';
  return mediaType.startsWith('audio/') ? 'audio' : 'document';
}

function formatOf({ source, filename }: MediaPart, mediaType: string, kind: MediaKind): string | undefined {
  const formats = FORMATS[kind];
  const key = kind === 'document' ? mediaType : mediaType.slice(mediaType.indexOf('/') + 1);
  // What an image is, its bytes say best: the service looks at them too.
  const type = kind === 'image' && source.type === 'base64' ? imageTypeOf(source.data) : undefined;
  const known = type?.slice('image/'.length) ?? key;
  if (Object.hasOwn(formats, known)) return formats[known];
  const ending = /\.([a-z0-9]+)$/i
    .exec(filename ?? (source.type === 'url' ? source.url : ''))?.[1]
    ?.toLowerCase();
  if (ending !== undefined && Object.values(formats).includes(ending)) return ending;
  if (kind !== 'document') return undefined;
  return mediaType.startsWith('text/') || source.type === 'text' ? 'txt' : undefined;
}

/** The service fetches nothing from the web, only from its own store. */
function encodeSource({ source }: MediaPart): JsonObject | string {
  switch (source.type) {
    case 'base64':
      return { bytes: source.data };
    case 'text':
      return { bytes: encodeBase64Text(source.text) };
    case 'url':
      if (source.url.startsWith('s3://')) return { s3Location: { uri: source.url } };
      return 'the service takes the bytes of a file, or its address in S3, but fetches no other address';
    case 'file':
      return 'a file stored with another service cannot be read here';
  }
}

/** A name has letters, digits, single spaces, dashes, round and square brackets; two documents may not share one. */
function documentName(part: MediaPart, writer: RequestWriter): string {
  const wanted = part.title ?? part.filename?.replace(/\.[A-Za-z0-9]+$/, '') ?? '';
  const clean = wanted
    .replace(/[^A-Za-z0-9\s\-()[\]]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 190);
  const base = clean === '' ? `Document ${writer.documentNames.size + 1}` : clean;
  let name = base;
  for (let count = 2; writer.documentNames.has(name); count++) name = `${base} (${count})`;
  writer.documentNames.add(name);
  if (part.title !== undefined && name !== part.title) {
    warnHere(writer, 'approximated', `the document is named '${name}'`, '/title');
  }
  return name;
}
