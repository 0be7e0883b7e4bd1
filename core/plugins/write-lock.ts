import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { loadValidator } from '../config/validators.ts';
import type { PluginsLock } from '../generated/lock.ts';

/** A new lock that lies ready beside the old one. */
export interface LockDraft {
  /** Replaces the lock in one step: whoever reads it sees the old or the new one. */
  put(): void;
  drop(): void;
}

/** Checks and writes everything that takes time, so that a folder and its entry can change in one moment. Ids are sorted. */
export async function draftLock(file: string, lock: PluginsLock): Promise<LockDraft> {
  const plugins = Object.fromEntries(
    Object.keys(lock.plugins)
      .sort()
      .map((id) => [id, lock.plugins[id]]),
  );
  const value = { ...lock, plugins };
  const validate = await loadValidator('lock');
  if (!validate(value)) {
    const [first] = validate.errors ?? [];
    throw new Error(`the lock would not be valid: ${first?.instancePath} ${first?.message}`);
  }
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const drop = (): void => rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', 0o644);
  try {
    writeSync(descriptor, `${JSON.stringify(value, null, 2)}\n`);
    fsyncSync(descriptor);
  } catch (error) {
    drop();
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return { put: () => renameSync(draft, file), drop };
}
