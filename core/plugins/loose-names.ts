import type { GatewaySettings } from '../config/settings.ts';
import { suggest } from '../config/suggest.ts';
import type { LoadedProvider, PluginReport, SettingsProblem } from './snapshot.ts';

/** Names in gateway.yaml that stand for nothing now: most are slips, some are waiting for a plugin to come. */
export function findLooseNames(
  { plugins, routes, providers: listed }: GatewaySettings,
  reports: readonly PluginReport[],
  providers: ReadonlyMap<string, LoadedProvider>,
): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const note = (
    path: (string | number)[],
    part: 'key' | 'value',
    what: string,
    names: string[],
    wanted: string,
  ): void => {
    const close = suggest(wanted, names);
    const problem: SettingsProblem = {
      severity: 'warning',
      path,
      part,
      message: `there is no ${what} '${wanted}' now`,
    };
    problems.push(close === undefined ? problem : { ...problem, suggestion: close });
  };
  const ids = reports.map((report) => report.id);
  for (const block of ['trust', 'config'] as const) {
    for (const id of Object.keys(plugins[block])) {
      if (!ids.includes(id)) note(['plugins', block, id], 'key', 'plugin', ids, id);
    }
  }
  const names = [...providers.keys()];
  for (const [index, route] of routes.entries()) {
    for (const [place, target] of route.to.entries()) {
      const name = target.slice(0, target.indexOf('/'));
      // One that is listed and could not be turned on has a message of its own.
      if (providers.has(name) || listed?.[name] !== undefined) continue;
      note(['routes', index, 'to', place], 'value', 'provider', names, name);
    }
  }
  return problems;
}
