import { decodeBase64Text, imageTypeOf, type MediaPart } from '@dragoman/plugin-sdk';

/** The wire has the bytes alone; other services want the type. */
export function decodeImage(data: string): MediaPart {
  return { type: 'media', mediaType: imageTypeOf(data) ?? 'image/*', source: { type: 'base64', data } };
}

/** What of a media part the wire has a place for, or why it has none. */
export type EncodedMedia = { image: string } | { text: string } | { reason: string };

export function encodeMedia(part: MediaPart): EncodedMedia {
  const { mediaType, source } = part;
  if (mediaType.startsWith('image/')) {
    if (source.type === 'base64') return { image: source.data };
    return { reason: 'the server takes the bytes of an image, not its address or a stored file' };
  }
  const text =
    source.type === 'text'
      ? source.text
      : source.type === 'base64' && isText(mediaType)
        ? decodeBase64Text(source.data)
        : undefined;
  if (text === undefined) return { reason: `${mediaType} is not accepted` };
  const title = part.title ?? part.filename;
  return { text: title === undefined ? text : `${title}\n\n${text}` };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || mediaType === 'application/json';
}
