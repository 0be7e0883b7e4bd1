import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../errors/gateway-error.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { inState, prepareState } from '../../files/state-directory.ts';
import { createClientKey } from './client-key.ts';
import { digestKey } from './digest.ts';
import { withFileLock } from './file-lock.ts';

/** What is kept of a key. The key itself is nowhere. */
export interface StoredKey {
  name: string;
  /** Salted SHA-256 of the key, in hex. */
  digest: string;
  /** ISO 8601. */
  created: string;
  /** How the key begins, to tell keys apart: `dgm_3fXa`. */
  hint: string;
}
export interface KeyFile {
  version: 1;
  /** Random, of this file: two installations that were given one key do not hold the same digest. */
  salt: string;
  keys: StoredKey[];
}
export interface KeyStore {
  readonly file: string;
  read(): KeyFile;
  /** Changes whenever the file does; cheap enough to ask every second. */
  revision(): string;
  /** Makes a key and returns it: the only time it is seen. `null`: the name is taken. */
  add(name: string): string | null;
  /** False: there is none of that name. */
  revoke(name: string): boolean;
}

/** The keys made with `dragoman keys add`, in `keys.json` of the state directory (mode 0600). */
export function openKeyStore(dataDir: string): KeyStore {
  const file = join(dataDir, 'keys.json');

  function read(): KeyFile {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, salt: '', keys: [] };
      throw new GatewayError(
        'GW_CONFIG_INVALID',
        { file, reason: (error as Error).message },
        { cause: error },
      );
    }
    return parse(file, text);
  }

  function change<Result>(edit: (keys: KeyFile) => Result): Result {
    prepareState(dataDir);
    const write = (): Result => {
      const keys = read();
      if (keys.salt === '') keys.salt = randomBytes(32).toString('hex');
      const before = JSON.stringify(keys.keys);
      const result = edit(keys);
      if (JSON.stringify(keys.keys) !== before)
        replaceFile(file, `${JSON.stringify(keys, null, 2)}\n`, { isDurable: true });
      return result;
    };
    return inState(dataDir, () => withFileLock(`${file}.lock`, write));
  }

  return {
    file,
    read,
    revision() {
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    },
    add: (name) =>
      change((keys) => {
        if (keys.keys.some((stored) => stored.name === name)) return null;
        const key = createClientKey();
        keys.keys.push({
          name,
          digest: digestKey(keys.salt, key),
          created: new Date().toISOString(),
          hint: key.slice(0, 8),
        });
        return key;
      }),
    revoke: (name) =>
      change((keys) => {
        const index = keys.keys.findIndex((stored) => stored.name === name);
        if (index >= 0) keys.keys.splice(index, 1);
        return index >= 0;
      }),
  };
}

/** Why a key may not have this name, or null. Names stand in logs and on the command line. */
export function explainBadName(name: string): string | null {
  if (/^[A-Za-z0-9][\w.@-]{0,63}$/.test(name)) return null;
  return 'a name is 1 to 64 letters, digits or any of . _ - @, and begins with a letter or a digit';
}

function parse(file: string, text: string): KeyFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new GatewayError('GW_CONFIG_INVALID', { file, reason: 'it is not JSON' }, { cause: error });
  }
  if (!isKeyFile(content)) {
    const reason = 'it is not a key file of this version; move it away to start with new keys';
    throw new GatewayError('GW_CONFIG_INVALID', { file, reason });
  }
  return content;
}

function isKeyFile(content: unknown): content is KeyFile {
  if (typeof content !== 'object' || content === null) return false;
  const { version, salt, keys } = content as Record<string, unknown>;
  return (
    version === 1 &&
    typeof salt === 'string' &&
    salt.length >= 32 &&
    Array.isArray(keys) &&
    keys.every(isStored)
  );
}

function isStored(stored: unknown): stored is StoredKey {
  if (typeof stored !== 'object' || stored === null) return false;
  const { name, digest, created, hint } = stored as Record<string, unknown>;
  const texts = [name, created, hint].every((text) => typeof text === 'string');
  return texts && typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest);
}
