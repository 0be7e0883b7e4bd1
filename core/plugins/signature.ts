import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { signatureFile } from './manifest.ts';
import { keyIdBytes, type PublicKey, publicKeyOf, showKeyId } from './public-key.ts';

const maxBytes = 4096;

/** A minisign signature: Ed25519 over the text, and over that signature with the comment. */
export interface Signature {
  /** Of the key it was made with, as minisign prints it. */
  readonly keyId: string;
  /** Is the BLAKE2b-512 of the text signed, and not the text itself? */
  readonly isHashed: boolean;
  readonly signature: Buffer;
  readonly comment: string;
  readonly commentSignature: Buffer;
}

/**
 * What is signed: one line for each file but `plugin.sig`, by path, as `sha256sum` writes them. So an author needs
 * nothing of ours to sign, and nobody needs more than `minisign -V` to check it.
 */
export function signedText(hashes: Readonly<Record<string, string>>): Buffer {
  const paths = Object.keys(hashes).filter((path) => path !== signatureFile);
  // By code unit, which no machine's language changes.
  return Buffer.from(
    paths
      .sort()
      .map((path) => `${hashes[path]}  ${path}\n`)
      .join(''),
  );
}

/** Null when it is not a signature in minisign's form. */
export function parseSignature(bytes: Uint8Array): Signature | null {
  if (bytes.byteLength > maxBytes) return null;
  const [head = '', first = '', trusted = '', second = '', ...rest] = Buffer.from(bytes)
    .toString('utf8')
    .split(/\r?\n/);
  if (!head.startsWith('untrusted comment: ') || !trusted.startsWith('trusted comment: ')) return null;
  if (rest.some((line) => line !== '')) return null;
  const main = decode(first, 2 + 8 + 64);
  const commentSignature = decode(second, 64);
  if (main === null || commentSignature === null) return null;
  const algorithm = main.toString('latin1', 0, 2);
  if (algorithm !== 'Ed' && algorithm !== 'ED') return null;
  return {
    keyId: showKeyId(main.subarray(2, 10)),
    isHashed: algorithm === 'ED',
    signature: main.subarray(10),
    comment: trusted.slice('trusted comment: '.length),
    commentSignature,
  };
}

export function fitsSignature(text: Uint8Array, signature: Signature, { key, id }: PublicKey): boolean {
  const { keyId, isHashed, comment, commentSignature } = signature;
  return (
    keyId === id &&
    verify(null, isHashed ? digest(text) : text, key, signature.signature) &&
    verify(null, Buffer.concat([signature.signature, Buffer.from(comment)]), key, commentSignature)
  );
}

/** The content of a `plugin.sig`. `comment` is signed too and shown by minisign; one line. */
export function signText(text: Uint8Array, privateKey: KeyObject, comment: string): string {
  const publicKey = publicKeyOf(privateKey);
  const signature = sign(null, digest(text), privateKey);
  const main = Buffer.concat([Buffer.from('ED'), keyIdBytes(publicKey), signature]);
  const commentSignature = sign(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
  return [
    `untrusted comment: signature by the key ${publicKey.id}`,
    main.toString('base64'),
    `trusted comment: ${comment}`,
    commentSignature.toString('base64'),
    '',
  ].join('\n');
}

function digest(text: Uint8Array): Buffer {
  return createHash('blake2b512').update(text).digest();
}

function decode(text: string, length: number): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.byteLength === length && bytes.toString('base64') === text ? bytes : null;
}
