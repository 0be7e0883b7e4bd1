/** How the bytes of an image begin, in base64. */
const beginnings: readonly (readonly [string, string])[] = [
  ['iVBORw0KGg', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
];

/**
 * The media type of an image as its bytes tell it; `undefined` for one that is none of the usual. Some services refuse an
 * image whose bytes are not of the type it is said to have, which others never look at.
 */
export function imageTypeOf(base64: string): string | undefined {
  return beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1];
}
