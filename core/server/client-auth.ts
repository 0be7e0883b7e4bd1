import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { goodKeyLength } from '../config/sample-keys.ts';
import type { Secret } from '../config/secret.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { explainWeakKey, maxKeyLength, minKeyLength } from './keys/client-key.ts';
import { digestKey } from './keys/digest.ts';
import type { KeyFile, KeyStore } from './keys/store.ts';

/** Who a request comes from. */
export interface ClientIdentity {
  /** The key's name: what logs and metrics call the client. */
  readonly name: string;
  readonly source: 'store' | 'config' | 'environment';
  /** Whose replies it may come back to. Two keys of one name in different places are two clients. */
  readonly owner: string;
}

export interface KeyRingOptions {
  /** `keys:` of gateway.yaml. */
  configured?: readonly { name: string; key: Secret }[];
  /** The variable DRAGOMAN_KEY. Blank counts as unset. */
  environmentKey?: string;
  store?: KeyStore;
  /** Told once per change of the key file that cannot be read: the keys of before stay in force. */
  onUnreadable?: (error: unknown) => void;
  /** Milliseconds of a clock that only goes forward: one that was put back must not keep a revoked key alive. */
  now?: () => number;
}

/** Every key that opens the gateway. With none, nobody gets in: it is never open. */
export interface KeyRing {
  /**
   * The client a request comes from, or null. Looks at `Authorization: Bearer`, `x-api-key`, `x-goog-api-key` and `key` of
   * `query` (the raw text after `?`); any one valid key is enough.
   */
  authenticate(headers: IncomingHttpHeaders, query?: string): ClientIdentity | null;
  /** How many keys there are. */
  count(): number;
  /** What the operator should know about them, for the log at the start. */
  warnings(): string[];
  /** Makes a first key when there is none anywhere and returns it, to be shown once; else null. */
  ensureKey(): string | null;
  /** After a reload of gateway.yaml. */
  setConfigured(keys: readonly { name: string; key: Secret }[]): void;
}

/** A change by another process (`dragoman keys revoke`) is seen within this time; one that adds a key, at once. */
const checkEveryMs = 500;
/** A flood of wrong keys must not become a flood of file checks. */
const checkOnMissEveryMs = 50;

interface Entry {
  digest: Buffer;
  identity: ClientIdentity;
}

export function createKeyRing(options: KeyRingOptions = {}): KeyRing {
  const { store, now = () => performance.now(), onUnreadable } = options;
  let configured = options.configured ?? [];
  const environmentKey = readEnvironmentKey(options.environmentKey);
  let kept: KeyFile = { version: 1, salt: '', keys: [] };
  let revision = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  let salt = '';
  let entries = new Map<string, Entry>();
  readStore();
  build();

  /** True when the file had changed. */
  function readStore(): boolean {
    checkedAt = now();
    if (store === undefined) return false;
    const isFirst = revision === '';
    let found = 'unknown';
    try {
      found = store.revision();
      if (found === revision) return false;
      kept = store.read();
      return true;
    } catch (error) {
      // At the start the operator must know; later, a half-edited file must not lock everybody out.
      if (isFirst) throw error;
      if (found !== revision) onUnreadable?.(error);
      return false;
    } finally {
      revision = found;
    }
  }

  function build(): void {
    salt = kept.salt || salt || randomBytes(32).toString('hex');
    entries = new Map();
    for (const { name, digest } of kept.keys) add(digest, name, 'store');
    for (const { name, key } of configured) {
      // The configuration's own check says so with its line; whatever slips past it must still not open the gateway.
      if (key.reveal().length >= minKeyLength) add(digestKey(salt, key.reveal()), name, 'config');
    }
    if (environmentKey !== null) add(digestKey(salt, environmentKey), 'DRAGOMAN_KEY', 'environment');
  }
  function add(digest: string, name: string, source: ClientIdentity['source']): void {
    entries.set(digest, {
      digest: Buffer.from(digest, 'hex'),
      identity: { name, source, owner: `${source}:${name}` },
    });
  }

  /**
   * The digest of what was sent is salted, so how long the table takes says nothing about a key; the last word is a
   * comparison in constant time, against a digest nobody has when there is no entry.
   */
  function find(key: string): ClientIdentity | null {
    const digest = digestKey(salt, key);
    const entry = entries.get(digest);
    const isEqual = timingSafeEqual(Buffer.from(digest, 'hex'), entry === undefined ? nobody : entry.digest);
    return isEqual && entry !== undefined ? entry.identity : null;
  }
  function findAny(headers: IncomingHttpHeaders, query: string): ClientIdentity | null {
    let found: ClientIdentity | null = null;
    for (const key of offeredKeys(headers, query)) found ??= find(key);
    return found;
  }

  return {
    authenticate(headers, query = '') {
      if (now() - checkedAt >= checkEveryMs && readStore()) build();
      const found = findAny(headers, query);
      if (found !== null || now() - checkedAt < checkOnMissEveryMs) return found;
      if (!readStore()) return null;
      build();
      return findAny(headers, query);
    },
    count: () => entries.size,
    warnings: () =>
      environmentKey !== null && environmentKey.length < goodKeyLength
        ? [`DRAGOMAN_KEY has fewer than ${goodKeyLength} characters and could be guessed`]
        : [],
    ensureKey() {
      if (readStore()) build();
      if (entries.size > 0 || store === undefined) return null;
      const key = store.add('default');
      readStore();
      build();
      return key;
    },
    setConfigured(keys) {
      configured = keys;
      build();
    },
  };
}

const nobody = randomBytes(32);

function offeredKeys(headers: IncomingHttpHeaders, query: string): string[] {
  const keys: string[] = [];
  const { authorization } = headers;
  if (authorization !== undefined && /^bearer /i.test(authorization))
    keys.push(authorization.slice(7).trim());
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'];
  if (typeof named === 'string') keys.push(named);
  const google = headers['x-goog-api-key'];
  if (typeof google === 'string' && google !== named) keys.push(google);
  if (query.includes('key=')) {
    const inQuery = new URLSearchParams(query).get('key');
    if (inQuery !== null) keys.push(inQuery);
  }
  return keys.filter((key) => key !== '' && key.length <= maxKeyLength);
}

function readEnvironmentKey(text: string | undefined): string | null {
  const key = text?.trim() ?? '';
  if (key === '') return null;
  const weakness = explainWeakKey(key);
  if (weakness !== null) {
    const reason = `it ${weakness}; leave it unset to have a key made, or take one from: openssl rand -hex 32`;
    throw new GatewayError('GW_CONFIG_INVALID', { file: 'DRAGOMAN_KEY', reason });
  }
  return key;
}
