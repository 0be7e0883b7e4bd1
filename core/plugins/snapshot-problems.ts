import { type LoadedConfig, showPath } from '../config/load.ts';
import type { ConfigProblem } from '../config/settings.ts';
import type { Snapshot } from './snapshot.ts';

/** What only a start could tell, for `dragoman check`: plugins that are not in use, and what they say of gateway.yaml. */
export function snapshotProblems(config: LoadedConfig, snapshot: Snapshot): ConfigProblem[] {
  return [...brokenPlugins(snapshot), ...settingsProblems(config, snapshot)];
}

/** Also one whose last good version serves in its place: what its folder holds is what the operator wants to run. */
function brokenPlugins({ reports }: Snapshot): ConfigProblem[] {
  const broken = reports.filter(({ state }) => state !== 'on' && state !== 'off');
  return broken.map(({ directory, reason, code = 'GW_PLUGIN_LOAD' }) => ({
    severity: 'error',
    code,
    file: directory,
    path: '',
    message: reason,
  }));
}

function settingsProblems(config: LoadedConfig, snapshot: Snapshot): ConfigProblem[] {
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
