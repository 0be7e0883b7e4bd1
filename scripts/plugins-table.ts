import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PluginManifest, ProviderDeclaration } from '@dragoman/plugin-sdk';

/** As much of a manifest as the table needs. */
export type ListedManifest = Pick<PluginManifest, 'id' | 'description' | 'dialects' | 'providers'>;

const pluginsFolder = join(import.meta.dirname, '..', 'plugins');
const bundledPath = join(pluginsFolder, 'bundled.json');
const readmePath = join(pluginsFolder, 'README.md');
const start = '<!-- plugins table: written by scripts/plugins-table.ts -->';
const end = '<!-- end of the plugins table -->';

/** Every bundled plugin's manifest, by folder name, in alphabetical order. What was dropped in beside them is left out. */
export function readManifests(): Map<string, ListedManifest> {
  const ids = Object.keys(JSON.parse(readFileSync(bundledPath, 'utf8')) as object);
  return new Map(
    ids.map((id) => [
      id,
      JSON.parse(readFileSync(join(pluginsFolder, id, 'plugin.json'), 'utf8')) as ListedManifest,
    ]),
  );
}

/** The plugin folders that belong to the repository. */
export function trackedPlugins(): string[] {
  const files = execFileSync('git', ['ls-files', '*/plugin.json'], { cwd: pluginsFolder, encoding: 'utf8' });
  return files.split('\n').flatMap((path) => (/^[^/]+\/plugin\.json$/.test(path) ? [dirname(path)] : []));
}

/** `plugins/bundled.json`: which folders ship. The build adds the hashes of their files. */
function writeBundled(): void {
  const ids = trackedPlugins().filter((id) => existsSync(join(pluginsFolder, id, 'plugin.json')));
  const listed = Object.fromEntries(ids.sort().map((id) => [id, {}]));
  writeFileSync(bundledPath, `${JSON.stringify(listed, null, 2)}\n`);
}

/** The bundled plugins as a Markdown table. */
export function pluginsTable(manifests: Iterable<ListedManifest> = readManifests().values()): string {
  const rows = Array.from(manifests, (manifest) => `| ${columnsOf(manifest).join(' | ')} |`);
  return [
    '| plugin | what it is | dialect | environment variable | models listed | notes in the manifest |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** `readme` with its table replaced; it must carry both markers. */
export function withPluginsTable(readme: string, table: string): string {
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${readmePath} lacks the markers of the plugins table`);
  return `${readme.slice(0, from + start.length)}\n\n${table}\n\n${readme.slice(to)}`;
}

/** Writes the table into plugins/README.md; `check` only says whether it was up to date. */
export function updatePluginsTable(options: { check: boolean }): boolean {
  const readme = readFileSync(readmePath, 'utf8');
  const updated = withPluginsTable(readme, pluginsTable());
  if (updated === readme) return true;
  if (!options.check) writeFileSync(readmePath, updated);
  return false;
}

function columnsOf(manifest: ListedManifest): string[] {
  const providers = manifest.providers ?? [];
  const models = providers.reduce((count, provider) => count + (provider.models?.list?.length ?? 0), 0);
  return [
    `\`${manifest.id}\``,
    manifest.description,
    dialectsOf(manifest),
    unique(providers.flatMap(variablesOf)),
    models === 0 ? '' : String(models),
    unique(providers.flatMap((provider) => Object.keys(provider.notes ?? {}).map(shortPointer))),
  ];
}

function variablesOf({ auth }: ProviderDeclaration): string[] {
  return (auth ?? []).flatMap((scheme) => {
    if (scheme.type === 'api-key') return scheme.env ?? [];
    return scheme.type === 'aws-sigv4' ? Object.values(scheme.env ?? {}) : [];
  });
}

function dialectsOf(manifest: ListedManifest): string {
  const own = (manifest.dialects ?? []).map((dialect) => dialect.id);
  if (own.length > 0) return own.map((id) => `**\`${id}\`**`).join(', ');
  const spoken = (manifest.providers ?? []).flatMap((provider) => provider.dialect ?? []);
  return spoken.length > 0 ? unique(spoken) : 'none: answers by itself';
}

/** Two steps are enough to find a note; eighteen models with a note each would fill the page. */
function shortPointer(pointer: string): string {
  return pointer === '' ? 'provider' : pointer.split('/').slice(0, 3).join('/');
}

function unique(names: string[]): string {
  return Array.from(new Set(names), (name) => `\`${name}\``).join(', ');
}

if (import.meta.main) {
  writeBundled();
  updatePluginsTable({ check: false });
}
