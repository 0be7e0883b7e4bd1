import { openHistory } from '../plugins/history.ts';
import { dataDirOf, type PlaceOptions } from './place.ts';
import { printJson, printTable, remark } from './print.ts';

/** Prints what the gateway noted of each version of plugin `id`, or of all, oldest first. */
export function pluginsHistory(id: string | undefined, options: PlaceOptions & { json?: boolean }): number {
  const all = openHistory(dataDirOf(options), { isReadOnly: true }).entries();
  const entries = id === undefined ? all : all.filter(({ plugin }) => plugin === id);
  if (options.json) {
    printJson(entries);
    return 0;
  }
  if (entries.length === 0) {
    remark(id === undefined ? 'nothing has happened to any plugin' : `nothing has happened to '${id}'`);
    return 0;
  }
  const rows = entries.map(({ time, plugin, version, hash, outcome, code, reason }) => [
    time,
    plugin,
    version || '-',
    hash.slice(0, 12) || '-',
    outcome,
    why(code, reason),
  ]);
  printTable(['TIME', 'PLUGIN', 'VERSION', 'HASH', 'OUTCOME', 'REASON'], rows);
  return 0;
}

function why(code = '', reason = ''): string {
  return code === '' || reason.includes(code) ? reason : `${reason} (${code})`.trim();
}
