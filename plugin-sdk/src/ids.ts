const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * An id for something an upstream gave none: the same request, prefix and number always give the same id, so a
 * repeated call and a prompt cache see no difference. `makeId(context, 'call', 0)` is `call_` and 24 letters or
 * digits; a prefix that ends in `-` or `_` is used as it is.
 */
export function makeId(context: { requestId: string }, prefix: string, n: number | string): string {
  const joint = prefix === '' || prefix.endsWith('-') || prefix.endsWith('_') ? '' : '_';
  return `${prefix}${joint}${digest(`${context.requestId}\n${prefix}\n${n}`, 24)}`;
}

/**
 * An id as services with a narrow alphabet accept it: every character outside `[A-Za-z0-9_-]` becomes `_`. Ids over
 * `maxLength` (default 64) are cut and end in 8 characters of their digest, so that two of them stay two. The same
 * id always gives the same result: use it on a call and on its result alike.
 */
export function sanitiseId(id: string, { maxLength = 64, empty = 'id' } = {}): string {
  if (id === '') return empty;
  const clean = id.replace(/[^A-Za-z0-9_-]/g, '_');
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 9)}_${digest(id, 8)}`;
}

/** `length` letters and digits that depend on every character of `text`. Not for secrets: it is no cryptographic hash. */
export function digest(text: string, length: number): string {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let d = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 597399067);
    b = Math.imul(b ^ (unit + a), 2869860233);
    c = Math.imul(c ^ (unit + b), 951274213);
    d = Math.imul(d ^ (unit + c), 2716044179) + a;
  }
  let result = '';
  // sfc32 turns the 128 bits of state into as many characters as wanted; its first rounds only mix.
  for (let round = -12; round < length; round++) {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    if (round >= 0) result += alphabet[Math.floor(((sum >>> 0) / 2 ** 32) * alphabet.length)];
  }
  return result;
}
