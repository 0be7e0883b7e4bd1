import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type LoadConfigOptions, type LoadedConfig, loadConfig } from '../../../core/config/load.ts';

/** Writes files below a folder. */
export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Loads `gateway.yaml` of this text from a folder of its own. */
export function loadYaml(
  root: string,
  yaml: string,
  options: Partial<LoadConfigOptions> = {},
): Promise<LoadedConfig> {
  writeFiles(root, { 'gateway.yaml': yaml });
  return loadConfig({ cwd: root, env: {}, ...options });
}
