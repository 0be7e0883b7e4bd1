import type { GatewaySettings } from '../config/settings.ts';
import type { LockedPlugin } from '../generated/lock.ts';
import { compareFiles } from './compare-files.ts';
import { signatureFile } from './manifest.ts';
import type { FolderContent } from './read-folder.ts';

/**
 * Whose files these are. `signed-unknown`: signed, by a key the operator does not list. `modified`: not what was signed,
 * accepted or shipped.
 */
export type Origin = 'built-in' | 'signed-trusted' | 'signed-unknown' | 'unsigned' | 'modified';

export interface Provenance {
  origin: Origin;
  /** The operator's name for the key; its id where the key is unknown. */
  signer?: string;
  /** The key itself, when its signature was checked. */
  publicKey?: string;
  /** In words, of what is modified. */
  fault?: string;
  /** The operator can accept what is different from the lock; nobody can accept a signature that does not fit. */
  isAcceptable?: boolean;
}

/** Of a folder that does not ship with the gateway; `accepted` is what the lock says of it. */
export async function inspectProvenance(
  content: FolderContent,
  { trustedKeys }: Pick<GatewaySettings['plugins'], 'trustedKeys'>,
  accepted: LockedPlugin | undefined,
): Promise<Provenance> {
  const signed = await inspectSignature(content, trustedKeys, accepted?.signer);
  if (signed.fault !== undefined || accepted === undefined) return signed;
  const fault = compareFiles(accepted.files, content.hashes, 'it was accepted');
  return fault === undefined ? signed : { ...signed, origin: 'modified', fault, isAcceptable: true };
}

async function inspectSignature(
  content: FolderContent,
  trustedKeys: Readonly<Record<string, string>>,
  pinned: string | undefined,
): Promise<Provenance> {
  const bytes = content.files.get(signatureFile);
  if (bytes === undefined) {
    if (pinned === undefined) return { origin: 'unsigned' };
    const fault = `${signatureFile} is missing, and it was accepted with one`;
    return { origin: 'modified', fault, isAcceptable: true };
  }
  // Most plugins are not signed, and a start should not wait for what they do not need.
  const { fitsSignature, parseSignature, signedText } = await import('./signature.ts');
  const { parsePublicKey } = await import('./public-key.ts');
  const signature = parseSignature(bytes);
  if (signature === null)
    return { origin: 'modified', fault: `${signatureFile} is not a signature in minisign's form` };
  // What was accepted with a signature stays with that key; any other is a change.
  const key = Object.values(trustedKeys)
    .concat(pinned ?? [])
    .map(parsePublicKey)
    .find((each) => each?.id === signature.keyId && (pinned ?? each.text) === each.text);
  if (key === undefined || key === null) {
    const { keyId } = signature;
    if (pinned === undefined) return { origin: 'signed-unknown', signer: keyId };
    const fault = `it is signed by the key ${keyId}, and was accepted from another`;
    return { origin: 'modified', signer: keyId, fault, isAcceptable: true };
  }
  const name = Object.keys(trustedKeys).find((each) => trustedKeys[each] === key.text);
  const signer = name ?? key.id;
  if (!fitsSignature(signedText(content.hashes), signature, key)) {
    const fault = `its files are not those that ${signer} signed: ${signatureFile} does not fit`;
    return { origin: 'modified', signer, fault };
  }
  return { origin: name === undefined ? 'signed-unknown' : 'signed-trusted', signer, publicKey: key.text };
}
