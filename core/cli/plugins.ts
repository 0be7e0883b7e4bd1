import { loadSnapshot } from './load-snapshot.ts';
import { printJson, printTable } from './print.ts';
import type { PlaceOptions } from './program.ts';

/** Lists the plugins this configuration finds, as a start would load them. */
export async function plugins(options: PlaceOptions & { json?: boolean }): Promise<number> {
  const loaded = await loadSnapshot(options);
  try {
    const reports = [...loaded.snapshot.reports].sort((left, right) => (left.id < right.id ? -1 : 1));
    if (options.json) printJson(reports);
    else {
      printTable(
        ['PLUGIN', 'VERSION', 'STATE', 'TIER', 'REASON'],
        reports.map(({ id, version, state, tier, reason, code }) => [
          id,
          version || '-',
          state,
          tier,
          code === undefined || reason.includes(code) ? reason : `${reason} (${code})`,
        ]),
      );
    }
    return 0;
  } finally {
    await loaded.close();
  }
}
