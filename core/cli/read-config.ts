import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { PlaceOptions } from './place.ts';

/** As the command line gives them; the last two override `server`. */
export interface ConfigOptions extends PlaceOptions {
  host?: string;
  port?: number;
}

/** The configuration with everything that is wrong with it; fails for nothing a person wrote. */
export function readConfig({ config, data, host, port }: ConfigOptions): Promise<LoadedConfig> {
  return loadConfig({
    file: config,
    cwd: process.cwd(),
    env: process.env,
    dataDir: data,
    overrides: { host, port },
  });
}
