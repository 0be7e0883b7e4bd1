import type {
  DialectDeclaration,
  JsonObject,
  PluginManifest,
  ProviderDeclaration,
} from '@dragoman/plugin-sdk';
import type { Path } from '../config/positions.ts';
import { matchesHost } from '../upstream/egress.ts';
import type { ManifestFault } from './manifest-fault.ts';
import { checkPermissions } from './permissions.ts';
import type { FolderContent } from './read-folder.ts';
import { possibleHosts } from './template.ts';

/** What the schema cannot say about one manifest. */
export function checkManifest(
  folder: string,
  manifest: PluginManifest,
  content: Pick<FolderContent, 'files'>,
): ManifestFault[] {
  const { dialects = [], providers = [], permissions = {} } = manifest;
  const faults: ManifestFault[] = [];
  if (manifest.id !== folder) {
    faults.push({ path: ['id'], message: `is '${manifest.id}', but the folder is named '${folder}'` });
  }
  faults.push(...checkCode(manifest, content));
  faults.push(...checkPermissions(permissions));
  faults.push(...checkUnique(dialects, 'dialects'), ...checkUnique(providers, 'providers'));
  for (const [index, dialect] of dialects.entries()) faults.push(...checkRoutes(dialect, index));
  for (const [index, provider] of providers.entries()) {
    faults.push(...checkProvider(provider, ['providers', index], manifest));
  }
  return faults;
}

function* checkRoutes({ routes = [], roles }: DialectDeclaration, index: number): Generator<ManifestFault> {
  if (!roles.includes('inbound') && routes.some((route) => route.endpoint === undefined)) {
    yield { path: ['dialects', index, 'routes'], part: 'key', message: 'need the role inbound' };
  }
  for (const [at, { operation, endpoint, webSocket, path }] of routes.entries()) {
    if (webSocket === true && path.includes('{')) {
      const message = `needs a path without names; it is ${path}`;
      yield { path: ['dialects', index, 'routes', at, 'webSocket'], message };
    }
    if (passesThrough(operation) === (endpoint !== undefined)) continue;
    const message =
      endpoint === undefined
        ? `'${operation}' needs the name of an endpoint`
        : `only pass-through and rerank have one, not '${operation}'`;
    yield { path: ['dialects', index, 'routes', at, 'endpoint'], message };
  }
}

/** What has no canonical form and goes to an endpoint by name. */
function passesThrough(operation: string): boolean {
  return operation === 'pass-through' || operation === 'rerank';
}

function checkCode(
  { runtime, dialects = [], providers = [] }: PluginManifest,
  content: Pick<FolderContent, 'files'>,
): ManifestFault[] {
  for (const kind of ['js', 'wasm'] as const) {
    const file = runtime?.[kind];
    if (file !== undefined && !content.files.has(file.slice('./'.length))) {
      return [{ path: ['runtime', kind], message: `there is no file ${file}` }];
    }
  }
  if (runtime !== undefined) return [];
  const faults: ManifestFault[] = [];
  if (dialects.length > 0)
    faults.push({ path: ['dialects'], part: 'key', message: 'need code: runtime.js is missing' });
  for (const [index, provider] of providers.entries()) {
    if (provider.transport !== 'local') continue;
    faults.push({ path: ['providers', index], message: 'is local and needs code: runtime.js is missing' });
  }
  return faults;
}

function checkUnique(items: readonly { id: string }[], list: string): ManifestFault[] {
  const ids = items.map((item) => item.id);
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index ? [] : [{ path: [list, index, 'id'], message: `'${id}' is there twice` }],
  );
}

function checkProvider(provider: ProviderDeclaration, at: Path, manifest: PluginManifest): ManifestFault[] {
  const faults: ManifestFault[] = checkUnique(provider.auth ?? [], 'auth').map((fault) => ({
    ...fault,
    path: [...at, ...fault.path],
  }));
  const properties = (manifest.config?.properties ?? {}) as Record<string, JsonObject>;
  for (const { path, text, isParameter } of templatesOf(provider)) {
    for (const [, name = ''] of text.matchAll(/\{([^{}]*)\}/g)) {
      if (isParameter && name.startsWith('path.')) continue;
      const message = explainPlaceholder(name, properties);
      if (message !== undefined) faults.push({ path: [...at, ...path], message });
    }
  }
  if (provider.baseUrl !== undefined) {
    const hosts = manifest.permissions?.hosts ?? [];
    const scheme = provider.baseUrl.slice(0, provider.baseUrl.indexOf('//'));
    const missing = possibleHosts(provider.baseUrl, properties).find(
      (host) => !isPermitted(scheme, host, hosts),
    );
    if (missing !== undefined) {
      const message = `its host ${missing} is not in permissions.hosts`;
      faults.push({ path: [...at, 'baseUrl'], message, isPermission: true });
    }
  }
  const discover = provider.models?.discover?.endpoint;
  if (discover !== undefined && provider.endpoints?.[discover] === undefined) {
    faults.push({
      path: [...at, 'models', 'discover', 'endpoint'],
      message: `there is no endpoint '${discover}'`,
    });
  }
  for (const direction of ['request', 'response'] as const) {
    for (const [field, range] of Object.entries(provider.quirks?.[direction]?.clamp ?? {})) {
      if ((range[0] ?? 0) <= (range[1] ?? 0)) continue;
      faults.push({
        path: [...at, 'quirks', direction, 'clamp', field],
        message: 'the lowest value comes first',
      });
    }
  }
  return faults;
}

function explainPlaceholder(name: string, properties: Record<string, JsonObject>): string | undefined {
  if (name === 'model' || name === 'response') return undefined;
  if (!name.startsWith('config.'))
    return `{${name}} is no placeholder; there are {model}, {response} and {config.NAME}`;
  const property = properties[name.slice('config.'.length)];
  if (property === undefined) return `{${name}}: the config schema has no such property`;
  return property.writeOnly === true ? `{${name}} is a secret, which no template can reach` : undefined;
}

function* templatesOf(
  provider: ProviderDeclaration,
): Generator<{ path: Path; text: string; isParameter?: boolean }> {
  if (provider.baseUrl !== undefined) yield { path: ['baseUrl'], text: provider.baseUrl };
  for (const [name, endpoint] of Object.entries(provider.endpoints ?? {})) {
    const at: Path = ['endpoints', name];
    yield { path: [...at, 'path'], text: endpoint.path, isParameter: passesThrough(endpoint.operation) };
    if (endpoint.streamPath !== undefined) yield { path: [...at, 'streamPath'], text: endpoint.streamPath };
    for (const map of ['query', 'streamQuery', 'headers'] as const) {
      for (const [key, text] of Object.entries(endpoint[map] ?? {})) yield { path: [...at, map, key], text };
    }
  }
}

/** The same rule that is applied when a request is sent. */
function isPermitted(scheme: string, host: string, patterns: readonly string[]): boolean {
  const text = `${scheme}//${host}`;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return patterns.some((pattern) => matchesHost(url, pattern));
}
