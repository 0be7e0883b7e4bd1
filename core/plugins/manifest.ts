import type { PluginManifest } from '@dragoman/plugin-sdk';
import { explainFaults } from '../config/explain-faults.ts';
import { type Path, readLocated } from '../config/positions.ts';
import { namesAllowedAt } from '../config/read-schema.ts';
import { loadValidator } from '../config/validators.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkManifest } from './check-manifest.ts';
import { explainApiVersion } from './compatibility.ts';
import type { ManifestFault } from './manifest-fault.ts';
import type { FolderContent } from './read-folder.ts';

export const manifestFile = 'plugin.json';
/** The author's signature over all other files, if there is one. */
export const signatureFile = 'plugin.sig';
/** The memory of the sandbox's engine when it had loaded the plugin, if the author made one. */
export const snapshotFile = 'plugin.snapshot';
const maxBytes = 512 * 1024;

/**
 * A folder's `plugin.json`, with its defaults filled in. `folder` is the folder's name.
 * Throws GW_PLUGIN_MANIFEST_INVALID, _INCOMPATIBLE or _PERMISSION, with every fault, its line and its JSON pointer.
 */
export async function readManifest(folder: string, content: FolderContent): Promise<PluginManifest> {
  const bytes = content.files.get(manifestFile);
  if (bytes === undefined) throw invalid(folder, `there is no ${manifestFile}`);
  if (bytes.byteLength > maxBytes) throw invalid(folder, `it is larger than ${maxBytes / 1024} KiB`);
  const text = bytes.toString('utf8');
  const value = await parse(folder, text);
  const version = explainApiVersion(value);
  if (version !== undefined) {
    throw new GatewayError('GW_PLUGIN_INCOMPATIBLE', { plugin: folder, reason: version });
  }
  const validate = await loadValidator('plugin');
  if (!validate(value)) {
    const explained = explainFaults(validate.errors ?? [], value, (path) => namesAllowedAt('plugin', path));
    throw await fail(folder, text, explained.map(withHint));
  }
  const manifest = value as PluginManifest;
  const faults = checkManifest(folder, manifest, content);
  if (faults.length > 0) throw await fail(folder, text, faults);
  return manifest;
}

async function parse(folder: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const { faults } = await readLocated(text);
    const first = faults[0];
    const reason = (error as Error).message;
    throw invalid(folder, first === undefined ? reason : `${first.line}:${first.column}: ${reason}`);
  }
}

function withHint(fault: ReturnType<typeof explainFaults>[number]): ManifestFault {
  const hint = fault.suggestion === undefined ? '' : `; did you mean '${fault.suggestion}'?`;
  return { path: fault.path, part: fault.part, message: `${fault.message}${hint}` };
}

async function fail(folder: string, text: string, faults: readonly ManifestFault[]): Promise<GatewayError> {
  const { locate } = await readLocated(text);
  const lines = faults.map(({ path, part, message }) => {
    const at = locate(path, part ?? 'value');
    return `${at === undefined ? '' : `${at.line}:${at.column} `}${toPointer(path)} ${message}`;
  });
  const code = faults.every((fault) => fault.isPermission === true)
    ? 'GW_PLUGIN_PERMISSION'
    : 'GW_PLUGIN_MANIFEST_INVALID';
  return new GatewayError(code, { plugin: folder, file: manifestFile, reason: lines.join('; ') });
}

function toPointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}

function invalid(folder: string, reason: string): GatewayError {
  return new GatewayError('GW_PLUGIN_MANIFEST_INVALID', { plugin: folder, file: manifestFile, reason });
}
