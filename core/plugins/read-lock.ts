import { readFileSync } from 'node:fs';
import { loadValidator } from '../config/validators.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { PluginsLock } from '../generated/lock.ts';

/** `plugins.lock.json`; null when there is none. GW_PLUGIN_INTEGRITY when it cannot be read: then nothing is accepted. */
export async function readLock(file: string): Promise<PluginsLock | null> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(file, (error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, (error as Error).message);
  }
  const validate = await loadValidator('lock');
  if (validate(value)) return value as PluginsLock;
  const [first] = validate.errors ?? [];
  throw unreadable(file, `${first?.instancePath ?? ''} ${first?.message ?? ''}`);
}

function unreadable(file: string, reason: string): GatewayError {
  return new GatewayError('GW_PLUGIN_INTEGRITY', { plugin: '*', reason: `${file}: ${reason}` });
}
