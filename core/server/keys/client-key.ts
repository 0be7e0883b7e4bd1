import { randomBytes } from 'node:crypto';

/** Starts every key the gateway makes, so that leaked ones can be found and told from providers' keys. */
export const keyPrefix = 'dgm_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 characters of 62 are 256 bits. */
const randomLength = 43;
/** What a key that a person chose should have; `gateway.yaml` refuses shorter ones. */
export const goodKeyLength = 16;
/** Shorter keys are refused wherever they come from: they could be guessed. */
export const minKeyLength = 8;
/** Longer ones are not looked at: no key is, and hashing megabytes for a stranger would be a gift. */
export const maxKeyLength = 512;

/** A new random key: `dgm_` and 43 letters and digits. */
export function createClientKey(): string {
  let key = keyPrefix;
  while (key.length < keyPrefix.length + randomLength) {
    for (const byte of randomBytes(64)) {
      // 248 is the largest multiple of 62 a byte holds: taking the rest too would favour the first letters.
      if (byte < 248 && key.length < keyPrefix.length + randomLength) key += alphabet.charAt(byte % 62);
    }
  }
  return key;
}

/** Keys from documentation and examples of gateways and SDKs, which people copy and forget. */
const samples = new Set([
  'sk-1234567890abcdef',
  'sk-1234567890',
  'sk-12345678',
  'changeme',
  'change-me',
  'password',
  'passw0rd',
  '12345678',
  '123456789',
  '1234567890',
  '1234567890123456',
  'abcdefgh',
  'my-secret-key',
  'my-secret-api-key',
  'my-api-key',
  'secret-key',
]);
/** `your-api-key`, `<API_KEY>`, `sk-xxxxxxxx`, `changeme123`. */
const placeholder = /^(sk-|sk-ant-|dgm_)?(your|change[-_]?me|replace|insert|placeholder|x{4}|\*{4}|\.{3}|<)/i;

/**
 * Why a key that a person chose must not be used, or null when it may be. Never repeats the key.
 */
export function explainWeakKey(key: string): string | null {
  if (key.length < minKeyLength) return `is shorter than ${minKeyLength} characters`;
  if (key.length > maxKeyLength) return `is longer than ${maxKeyLength} characters`;
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'has characters that a header cannot carry (only visible ASCII can)';
  if (samples.has(key.toLowerCase()) || placeholder.test(key)) return 'is a sample key from documentation';
  if (new Set(key).size < 4) return 'repeats the same few characters';
  return null;
}
