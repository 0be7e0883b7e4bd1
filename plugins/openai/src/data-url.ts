import type { MediaSource } from '@dragoman/plugin-sdk';

export interface DecodedUrl {
  source: MediaSource;
  mediaType?: string;
  /** What stands before the base64 text, when it is not the plain `data:TYPE;base64,`. */
  prefix?: string;
}

/** A base64 data URL becomes its bytes; anything else stays an address. The text after the comma is never copied. */
export function decodeUrl(url: string): DecodedUrl {
  if (!url.startsWith('data:')) return { source: { type: 'url', url } };
  const comma = url.indexOf(',');
  const prefix = url.slice(0, comma + 1);
  if (comma < 0 || !prefix.endsWith(';base64,')) return { source: { type: 'url', url } };
  const semicolon = prefix.indexOf(';');
  const mediaType = prefix.slice(5, semicolon) || 'application/octet-stream';
  const decoded: DecodedUrl = { source: { type: 'base64', data: url.slice(comma + 1) }, mediaType };
  if (prefix !== plainPrefix(mediaType)) decoded.prefix = prefix;
  return decoded;
}

export function encodeDataUrl(mediaType: string, data: string, prefix?: string): string {
  return (prefix ?? plainPrefix(mediaType)) + data;
}

function plainPrefix(mediaType: string): string {
  return `data:${mediaType};base64,`;
}
