const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  html: 'text/html',
  css: 'text/css',
  csv: 'text/csv',
  xml: 'text/xml',
  md: 'text/markdown',
  json: 'application/json',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  aiff: 'audio/aiff',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  mov: 'video/quicktime',
  avi: 'video/x-msvideo',
  webm: 'video/webm',
  flv: 'video/x-flv',
};
const YOUTUBE = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//;

/** The media type an address or file name suggests. */
export function guessMediaType(address: string): string | undefined {
  if (isYoutube(address)) return 'video/mp4';
  const extension = /\.([A-Za-z0-9]{2,4})(?:[?#].*)?$/.exec(address)?.[1];
  return extension === undefined ? undefined : TYPES[extension.toLowerCase()];
}

/** The service reads YouTube films by their address, on every model. */
export function isYoutube(address: string): boolean {
  return YOUTUBE.test(address);
}
