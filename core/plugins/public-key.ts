import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** An Ed25519 public key in minisign's form. */
export interface PublicKey {
  /** 56 characters of base64, as they stand in `plugins.trustedKeys` and in a lock. */
  readonly text: string;
  /** Which key it is, as minisign prints it: 16 hex digits. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Two letters that stand for the algorithm, eight bytes of key id, the key. */
const length = 2 + 8 + 32;

/** Reads the one line of base64, or minisign's file with its comment above it; null when it is neither. */
export function parsePublicKey(text: string): PublicKey | null {
  const line = text
    .split(/\r?\n/)
    .filter((each) => each !== '' && !each.startsWith('untrusted comment:'))
    .join('');
  const bytes = Buffer.from(line, 'base64');
  if (bytes.byteLength !== length || bytes.toString('base64') !== line) return null;
  if (bytes.toString('latin1', 0, 2) !== 'Ed') return null;
  const x = bytes.subarray(10).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return { text: line, id: showKeyId(bytes.subarray(2, 10)), key };
}

/** The public key that belongs to an Ed25519 key; its id is the beginning of its SHA-256. */
export function publicKeyOf(key: KeyObject): PublicKey {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' }) as { x?: string };
  const raw = Buffer.from(x, 'base64url');
  const id = createHash('sha256').update(raw).digest().subarray(0, 8);
  const text = Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64');
  return { text, id: showKeyId(id), key: createPublicKey(key) };
}

/** minisign reads the eight bytes as a number, lowest first. */
export function showKeyId(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex').toUpperCase();
}

export function keyIdBytes({ id }: PublicKey): Buffer {
  return Buffer.from(id, 'hex').reverse();
}
