import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadValidator } from '../config/validators.ts';
import type { LockedPlugin, PluginsLock } from '../generated/lock.ts';

/** What `plugins.lock.json` says; `lock` is null when there is none or it cannot be read: then nothing is accepted. */
export interface LockState {
  lock: PluginsLock | null;
  /** Why there is no lock. */
  fault?: string;
  /** It is there, and says nothing one could go by: then nothing may start that it may have forbidden. */
  isBroken?: boolean;
}

/** Beside the configuration, else in the working directory. */
export function lockFileOf(configFile: string | null, cwd: string): string {
  return join(configFile === null ? cwd : dirname(configFile), 'plugins.lock.json');
}

export async function readLock(file: string): Promise<LockState> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing) return { lock: null, fault: `there is no ${file}` };
    return { lock: null, fault: `${file} cannot be read: ${(error as Error).message}`, isBroken: true };
  }
  const validate = await loadValidator('lock');
  if (validate(value)) return { lock: value as PluginsLock };
  const [first] = validate.errors ?? [];
  const fault = `${file} is not valid: ${first?.instancePath ?? ''} ${first?.message ?? ''}`;
  return { lock: null, fault, isBroken: true };
}

/** What was accepted under an id. A plugin may be called `constructor`, which every object has. */
export function acceptedIn({ lock }: LockState, id: string): LockedPlugin | undefined {
  return lock !== null && Object.hasOwn(lock.plugins, id) ? lock.plugins[id] : undefined;
}
