import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireSettings } from '../config/load.ts';
import { silentLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { createPluginHost } from '../plugins/plugin-host.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import { createRunners } from '../translate/make-runner.ts';
import { dataDirOf } from './place.ts';
import { type ConfigOptions, readConfig } from './read-config.ts';

export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  close(): Promise<void>;
}

/**
 * Everything a start would load, without serving and without watching. Staged files go to a folder of their own: the state
 * directory may be in the hands of a running gateway, which keeps there what its requests still use.
 */
export async function loadSnapshot(options: ConfigOptions): Promise<LoadedSnapshot> {
  requireSettings(await readConfig(options));
  const dataDir = mkdtempSync(join(tmpdir(), 'dragoman-'));
  const log = silentLog;
  const metrics = createMetrics();
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const host = await createPluginHost({
      config: options.config,
      cwd: process.cwd(),
      dataDir,
      env: process.env,
      overrides: { host: options.host, port: options.port },
      watch: false,
      historyDir: dataDirOf(options),
      log,
      metrics,
      makeRunner: createRunners({ log, metrics }),
    });
    return {
      snapshot: host.registry.current,
      async close() {
        await host.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
