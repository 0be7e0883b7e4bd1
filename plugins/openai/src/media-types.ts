import type { MediaPart } from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';

/** Media types of file names, for base64 text that does not say what it is. */
const FILE_TYPES: Record<string, string> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  xml: 'application/xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export function fileType(filename: unknown): string | undefined {
  if (typeof filename !== 'string') return undefined;
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(FILE_TYPES, extension) ? FILE_TYPES[extension] : undefined;
}

/** A name for bytes that came without one: the service asks for it. */
export function defaultName(media: MediaPart): string {
  const name = media.title ?? 'document';
  for (const extension in FILE_TYPES) {
    if (FILE_TYPES[extension] !== media.mediaType) continue;
    return name.toLowerCase().endsWith(`.${extension}`) ? name : `${name}.${extension}`;
  }
  return name;
}

export function audioType(format: string): string {
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
}

/** The format name of an audio media type: `wav`, `mp3`, ... */
export function audioFormat(mediaType: string): string {
  switch (mediaType) {
    case 'audio/mpeg':
      return 'mp3';
    case 'audio/x-wav':
    case 'audio/wave':
    case 'audio/vnd.wave':
      return 'wav';
    default:
      return mediaType.slice(mediaType.indexOf('/') + 1);
  }
}

/** The type of the content part that carries this media. */
export function wireType(media: MediaPart): string {
  const own = ownFields(media.extensions)?.$type;
  if (typeof own === 'string') return own;
  if (media.mediaType.startsWith('image/')) return 'image_url';
  if (media.mediaType.startsWith('audio/')) return 'input_audio';
  if (media.mediaType.startsWith('video/')) return 'video_url';
  return 'file';
}
