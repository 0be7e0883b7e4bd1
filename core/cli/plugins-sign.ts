import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { readManifest, signatureFile } from '../plugins/manifest.ts';
import { publicKeyOf } from '../plugins/public-key.ts';
import { readFolder } from '../plugins/read-folder.ts';
import { signedText, signText } from '../plugins/signature.ts';
import { print, printJson, remark } from './print.ts';
import { failWith } from './report-error.ts';

/** Makes a key pair: FILE (to be kept) and FILE.pub (to be given away). Never overwrites one. */
export function makeSigningKey(file: string, options: { json?: boolean }): number {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = publicKeyOf(privateKey);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const line = `untrusted comment: minisign public key ${publicKey.id}\n${publicKey.text}\n`;
  for (const each of [file, `${file}.pub`]) {
    if (existsSync(each)) throw failWith(`${each} is there already`, 'choose another name');
  }
  writeFileSync(`${file}.pub`, line, { flag: 'wx' });
  writeFileSync(file, pem, { flag: 'wx', mode: 0o600 });
  if (options.json) printJson({ file, publicKey: publicKey.text, keyId: publicKey.id });
  else {
    print(publicKey.text);
    remark(
      `This is the public key, for plugins.trustedKeys of gateway.yaml; ${file}.pub holds it for minisign.`,
    );
    remark(`${file} is the private one: whoever has it signs as you. Keep it out of the plugin's folder.`);
  }
  return 0;
}

/** Signs a plugin's folder as it is now, in its `plugin.sig`; or prints what would be signed. */
export async function signPlugin(
  folder: string,
  options: { key?: string; print?: boolean; json?: boolean },
): Promise<number> {
  const content = readFolder(basename(folder), realpathSync(folder));
  const id = peekId(content.files.get('plugin.json'));
  const manifest = await readManifest(id ?? basename(folder), content);
  const text = signedText(content.hashes);
  if (options.print) {
    process.stdout.write(text);
    return 0;
  }
  if (options.key === undefined)
    throw failWith(
      'there is no key to sign with',
      'dragoman plugins keygen FILE makes one; name it with --key',
    );
  if (!relative(realpathSync(folder), realpathSync(options.key)).startsWith('..')) {
    throw failWith(
      `${options.key} lies in the folder it is to sign, and would be given away with it`,
      'move it elsewhere, and use another key if anybody has this folder already',
    );
  }
  const privateKey = readPrivateKey(options.key);
  const file = join(folder, signatureFile);
  writeFileSync(file, signText(text, privateKey, `${manifest.id} ${manifest.version}`));
  const { id: keyId, text: publicKey } = publicKeyOf(privateKey);
  const count = Object.keys(content.hashes).filter((path) => path !== signatureFile).length;
  if (options.json) printJson({ file, plugin: manifest.id, version: manifest.version, keyId, publicKey });
  else
    print(
      `Signed ${manifest.id} ${manifest.version} (${count} ${count === 1 ? 'file' : 'files'}) with the key ${keyId}: ${file}`,
    );
  return 0;
}

/** The id a manifest claims, of a folder that may be called anything. */
export function peekId(manifest: Uint8Array | undefined): string | null {
  if (manifest === undefined) return null;
  try {
    const { id } = JSON.parse(Buffer.from(manifest).toString('utf8')) as { id?: unknown };
    return typeof id === 'string' && /^[a-z][a-z0-9-]*$/.test(id) ? id : null;
  } catch {
    // What is wrong with it is said by whoever reads it in full.
    return null;
  }
}

function readPrivateKey(file: string): KeyObject {
  const pem = readFileSync(file);
  let key: KeyObject | null = null;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Said below: the message of OpenSSL helps nobody.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw failWith(
    `${file} is not an Ed25519 private key in PEM form`,
    'dragoman plugins keygen makes one; with a key of minisign: dragoman plugins sign --print FOLDER, then minisign -S',
  );
}
