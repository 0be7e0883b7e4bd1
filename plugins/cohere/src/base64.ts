const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Base64 to UTF-8 text; `undefined` when the input is not that. Written out because a translator may run where neither
 * `atob` nor `TextDecoder` exists.
 */
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
