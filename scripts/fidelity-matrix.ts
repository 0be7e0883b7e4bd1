import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeGateway } from '../test/fidelity/matrix/gateway.ts';
import { renderMatrix } from '../test/fidelity/matrix/render.ts';

const readmePath = join(import.meta.dirname, '..', 'plugins', 'README.md');
const start = '<!-- fidelity matrix: written by scripts/fidelity-matrix.ts -->';
const end = '<!-- end of the fidelity matrix -->';

/** Runs every probe and writes the matrix into plugins/README.md; `check` only says whether it was up to date. */
export async function updateMatrix(options: { check: boolean }): Promise<boolean> {
  const readme = readFileSync(readmePath, 'utf8');
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${readmePath} lacks the markers of the fidelity matrix`);
  const matrix = renderMatrix(await probeGateway());
  const updated = `${readme.slice(0, from + start.length)}\n\n${matrix}\n\n${readme.slice(to)}`;
  if (updated === readme) return true;
  if (!options.check) writeFileSync(readmePath, updated);
  return false;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const isFresh = await updateMatrix({ check });
  if (check && !isFresh) {
    console.error('plugins/README.md is stale: run `node scripts/fidelity-matrix.ts` and commit it');
    process.exitCode = 1;
  }
}
