const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// Written out because a translator may run where there is neither `atob` nor `TextDecoder` nor `Buffer`.

/** The standard alphabet with padding, for data that may come in the URL-safe one. */
export function toStandardBase64(data: string): string {
  let standard = data;
  if (standard.includes('-')) standard = standard.replaceAll('-', '+');
  if (standard.includes('_')) standard = standard.replaceAll('_', '/');
  const missing = standard.length % 4;
  return missing > 1 ? standard + '='.repeat(4 - missing) : standard;
}

/** Text as UTF-8 in base64. A lone surrogate becomes the replacement character. */
export function encodeBase64Text(text: string): string {
  const bytes: number[] = [];
  for (const piece of encodeURIComponent(text.toWellFormed()).matchAll(/%([0-9A-F]{2})|[^%]/g)) {
    bytes.push(piece[1] === undefined ? piece[0].charCodeAt(0) : Number.parseInt(piece[1], 16));
  }
  let encoded = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const length = bytes.length - at;
    encoded += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    encoded += length > 1 ? ALPHABET.charAt((group >> 6) & 63) : '=';
    encoded += length > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return encoded;
}

/** Base64 of either alphabet, with or without padding and line ends, to UTF-8 text; `undefined` when it is not that. */
export function decodeBase64Text(base64: string): string | undefined {
  let encoded = '';
  let bits = 0;
  let held = 0;
  for (const character of base64) {
    if (character === '=' || character === '\n' || character === '\r') continue;
    const digit = ALPHABET.indexOf(character === '-' ? '+' : character === '_' ? '/' : character);
    if (digit === -1) return undefined;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    encoded += byte < 16 ? `%0${byte.toString(16)}` : `%${byte.toString(16)}`;
  }
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
