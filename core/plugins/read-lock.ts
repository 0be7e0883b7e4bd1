import { readFileSync } from 'node:fs';
import { loadValidator } from '../config/validators.ts';
import type { PluginsLock } from '../generated/lock.ts';

/** What `plugins.lock.json` says; `lock` is null when there is none or it cannot be read: then nothing is accepted. */
export interface LockState {
  lock: PluginsLock | null;
  /** Why there is no lock. */
  fault?: string;
}

export async function readLock(file: string): Promise<LockState> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const fault = isMissing ? `there is no ${file}` : `${file} cannot be read: ${(error as Error).message}`;
    return { lock: null, fault };
  }
  const validate = await loadValidator('lock');
  if (validate(value)) return { lock: value as PluginsLock };
  const [first] = validate.errors ?? [];
  return { lock: null, fault: `${file} is not valid: ${first?.instancePath ?? ''} ${first?.message ?? ''}` };
}
