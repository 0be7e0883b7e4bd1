const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * UTF-8 text as base64. Written out because a translator may run where neither `btoa` nor `TextEncoder` exists. A lone
 * surrogate becomes the replacement character.
 */
export function encodeBase64Text(text: string): string {
  const escaped = encodeURIComponent(wellFormed(text));
  let encoded = '';
  let held = 0;
  let bits = 0;
  for (let at = 0; at < escaped.length; at++) {
    const isEscape = escaped.charCodeAt(at) === 37;
    const byte = isEscape ? Number.parseInt(escaped.slice(at + 1, at + 3), 16) : escaped.charCodeAt(at);
    if (isEscape) at += 2;
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      encoded += ALPHABET[(held >> bits) & 63];
    }
  }
  if (bits > 0) encoded += ALPHABET[(held << (6 - bits)) & 63];
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

/** Base64 to UTF-8 text; `undefined` when the input is not that. */
export function decodeBase64Text(base64: string): string | undefined {
  let encoded = '';
  let bits = 0;
  let held = 0;
  for (const character of base64) {
    if (character === '=' || character === '\n' || character === '\r') continue;
    const digit = ALPHABET.indexOf(character);
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
