import { type LoadedConfig, showPath } from '../config/load.ts';
import type { ConfigProblem } from '../config/settings.ts';
import type { Snapshot } from './snapshot.ts';

/** What only the plugins could tell about gateway.yaml, with its place in the file: for `dragoman check`. */
export function snapshotProblems(config: LoadedConfig, snapshot: Snapshot): ConfigProblem[] {
  return snapshot.problems.map(({ path, part, severity, message, suggestion }) => ({
    severity,
    code: 'GW_CONFIG_INVALID',
    file: config.file ?? '(options)',
    ...config.locate(path, part),
    path: showPath(path),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }));
}
