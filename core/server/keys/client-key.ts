import { randomBytes } from 'node:crypto';
import { isSampleKey } from '../../config/sample-keys.ts';
import { isQuoted } from '../../config/secret.ts';

/** Starts every key the gateway makes, so that leaked ones can be found and told from providers' keys. */
const keyPrefix = 'dgm_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 characters of 62 are 256 bits. */
const randomLength = 43;
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

/**
 * Why a key that a person chose must not be used, or null when it may be. Never repeats the key.
 */
export function explainWeakKey(key: string): string | null {
  if (key.length < minKeyLength) return `is shorter than ${minKeyLength} characters`;
  if (key.length > maxKeyLength) return `is longer than ${maxKeyLength} characters`;
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'has characters that a header cannot carry (only visible ASCII can)';
  if (isQuoted(key)) return 'has quotes around it';
  if (isSampleKey(key)) return 'is a sample key from documentation';
  if (new Set(key).size < 4) return 'repeats the same few characters';
  return null;
}
