import { dirname, join, resolve } from 'node:path';

/** Options that say which configuration and which state directory a command works on. */
export interface PlaceOptions {
  config?: string;
  data?: string;
}

/** The state directory: `--data`, else `.dragoman` beside the configuration, which is in the working directory by default. */
export function dataDirOf(options: PlaceOptions): string {
  if (options.data !== undefined) return resolve(options.data);
  return join(options.config === undefined ? process.cwd() : dirname(resolve(options.config)), '.dragoman');
}
