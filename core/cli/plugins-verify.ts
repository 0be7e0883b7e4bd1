import { GatewayError } from '../errors/gateway-error.ts';
import { checkCompatibility } from '../plugins/compatibility.ts';
import type { FoundFolder } from '../plugins/discover.ts';
import { checkAccepted, checkShipped, shippedDifference } from '../plugins/integrity.ts';
import { readManifest } from '../plugins/manifest.ts';
import { inspectProvenance, type Provenance } from '../plugins/provenance.ts';
import { readFolder } from '../plugins/read-folder.ts';
import { chooseFolders, type OpenPlugins, openPlugins } from './open-plugins.ts';
import type { PlaceOptions } from './place.ts';
import { printJson, printTable, remark } from './print.ts';

interface Finding extends Provenance {
  id: string;
  version: string;
  /** `unlisted`: nothing is wrong, and the lock does not list it. */
  result: 'ok' | 'unlisted' | 'refused' | 'missing';
  code?: string;
  reason: string;
}

/** Compares folders with the lock, with their signatures and, for what ships, with what was shipped. Runs no code. */
export async function verifyPlugins(
  ids: readonly string[],
  options: PlaceOptions & { json?: boolean },
): Promise<number> {
  const place = await openPlugins(options);
  const folders = ids.length === 0 ? [...place.shipped, ...place.dropped] : chooseFolders(place, ids);
  const findings = await Promise.all(folders.map((folder) => verify(place, folder)));
  for (const [id, entry] of Object.entries(place.lock.lock?.plugins ?? {})) {
    if (ids.length > 0 || folders.some((folder) => folder.id === id)) continue;
    const reason = 'plugins.lock.json lists it, and there is no folder of it';
    findings.push({ id, version: entry.version, result: 'missing', origin: 'unsigned', reason });
  }
  // Of what ships with the gateway only trouble is worth a line, unless a program reads it.
  const shown = findings.filter(({ origin, result }) => result !== 'ok' || origin !== 'built-in');
  if (options.json) printJson(findings);
  else {
    const rows = shown.map(({ id, version, result, origin, signer, reason }) => [
      id,
      version || '-',
      result,
      signer === undefined ? origin : `${origin} (${signer})`,
      reason,
    ]);
    if (rows.length > 0) printTable(['PLUGIN', 'VERSION', 'RESULT', 'ORIGIN', 'REASON'], rows);
    const fine = findings.length - shown.length;
    const how = place.bundled?.hashes
      ? 'are as they ship'
      : 'ship with it; in a clone their files are not checked';
    if (fine > 0) remark(`${fine} plugins of the gateway ${how}.`);
  }
  return findings.some(({ result }) => result === 'refused' || result === 'missing') ? 1 : 0;
}

async function verify(place: OpenPlugins, folder: FoundFolder): Promise<Finding> {
  const { id, bundled, realPath } = folder;
  const { settings, lock } = place;
  let provenance: Provenance = { origin: bundled ? 'built-in' : 'unsigned' };
  let version = '';
  try {
    const content = readFolder(id, realPath);
    const shipped = bundled ? shippedDifference(folder, content, settings, place.bundled) : undefined;
    if (shipped !== undefined) provenance = { origin: 'modified', fault: shipped };
    if (!bundled) provenance = await inspectProvenance(content, settings.plugins, place.accepted(id));
    const manifest = await readManifest(id, content);
    version = manifest.version;
    checkCompatibility(manifest);
    if (bundled) checkShipped(folder, content, settings, place.bundled);
    else checkAccepted(manifest, provenance, settings.plugins, lock);
    const isListed = bundled || place.accepted(id) !== undefined;
    const reason = isListed ? 'as it was accepted' : 'plugins.lock.json does not list it';
    return {
      ...provenance,
      id,
      version,
      result: isListed ? 'ok' : 'unlisted',
      reason: bundled ? 'as it ships' : reason,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = GatewayError.is(error) ? { code: error.code } : {};
    return { ...provenance, id, version, result: 'refused', ...code, reason };
  }
}
