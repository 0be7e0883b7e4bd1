/**
 * Vectors as clients ask for them: the bytes of little-endian 32-bit floats in base64. By hand, because a translator
 * may run where there is no Buffer.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeVector(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (let at = 0; at < vector.length; at++) view.setFloat32(at * 4, vector[at] ?? 0, true);
  const bytes = new Uint8Array(view.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    const third = bytes[at + 2] ?? 0;
    text += ALPHABET.charAt(first >> 2);
    text += ALPHABET.charAt(((first & 3) << 4) | (second >> 4));
    text += at + 1 < bytes.length ? ALPHABET.charAt(((second & 15) << 2) | (third >> 6)) : '=';
    text += at + 2 < bytes.length ? ALPHABET.charAt(third & 63) : '=';
  }
  return text;
}

const VALUES = new Int16Array(128).fill(-1);
for (let at = 0; at < ALPHABET.length; at++) VALUES[ALPHABET.charCodeAt(at)] = at;

/** `undefined` when the text is no base64 of whole 32-bit floats. */
export function decodeVector(text: string): number[] | undefined {
  const trimmed = text.replace(/=+$/, '');
  const length = Math.floor((trimmed.length * 3) / 4);
  if (length % 4 !== 0 || trimmed.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < trimmed.length; index++) {
    const value = VALUES[trimmed.charCodeAt(index)] ?? -1;
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 0xff;
  }
  const view = new DataView(bytes.buffer);
  const vector: number[] = [];
  for (let offset = 0; offset < length; offset += 4) vector.push(view.getFloat32(offset, true));
  return vector;
}
