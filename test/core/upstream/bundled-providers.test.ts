import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, PluginManifest, ProviderDeclaration } from '@dragoman/plugin-sdk';
import t from 'tap';
import type { Credential } from '../../../core/auth/credential.ts';
import { prepareHeaders, usableSchemes } from '../../../core/auth/drivers.ts';
import { Secret } from '../../../core/config/secret.ts';
import { checkFraming } from '../../../core/upstream/framing.ts';
import { prepareEndpoint } from '../../../core/upstream/request.ts';
import { fillTemplate } from '../../../core/upstream/template.ts';

const plugins = join(import.meta.dirname, '../../../plugins');

function manifests(): PluginManifest[] {
  const bundled = JSON.parse(readFileSync(join(plugins, 'bundled.json'), 'utf8')) as object;
  return Object.keys(bundled).map(
    (id) => JSON.parse(readFileSync(join(plugins, id, 'plugin.json'), 'utf8')) as PluginManifest,
  );
}

/** A value for every property, so that every template can be filled. */
function sampleConfig(manifest: PluginManifest): JsonObject {
  const properties = (manifest.config?.properties ?? {}) as Record<string, JsonObject>;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { default: value, enum: values }]) => [
      name,
      value ?? (Array.isArray(values) ? values[0] : 'sample'),
    ]),
  );
}

/** What stood in a client's path where the endpoint's has a mark. */
function samplePath(path: string): Record<string, string> {
  return Object.fromEntries(Array.from(path.matchAll(/\{path\.(\w+)\}/g), ([, name = '']) => [name, 'a/b']));
}

function credentialFor(provider: string, { id, type }: { id: string; type: string }): Credential {
  const base = { id: 'sample', provider, scheme: id };
  if (type === 'none') return { ...base, type: 'none' };
  if (type === 'aws-sigv4')
    return { ...base, type: 'aws', accessKeyId: 'AKID', secretAccessKey: new Secret('k') };
  return { ...base, type: 'api-key', key: new Secret('k') };
}

function checkProvider(manifest: PluginManifest, provider: ProviderDeclaration): string[] {
  const config = sampleConfig(manifest);
  const baseUrl = fillTemplate(provider.baseUrl ?? 'https://any.example.com/v1', config, 'host', provider.id);
  const hosts = provider.baseUrl === undefined ? ['any.example.com'] : (manifest.permissions?.hosts ?? []);
  const target = { name: provider.id, baseUrl, allowPrivate: true, hosts, headers: {}, config };
  const paths: string[] = [];
  for (const scheme of usableSchemes(manifest.id, provider.id, provider.auth ?? [])) {
    const auth = prepareHeaders(scheme, credentialFor(provider.id, scheme));
    for (const endpoint of Object.values(provider.endpoints ?? {})) {
      const prepared = prepareEndpoint(target, endpoint, auth);
      for (const stream of [false, true])
        paths.push(
          prepared.build({ model: 'a/b', stream, body: '{}', path: samplePath(endpoint.path) }).path,
        );
    }
  }
  return paths;
}

for (const manifest of manifests()) {
  for (const provider of manifest.providers ?? []) {
    if (provider.transport === 'local') continue;
    t.test(`every endpoint of ${provider.id} can be sent to, at a host its manifest names`, async (t) => {
      const paths = checkProvider(manifest, provider);
      t.ok(paths.length > 0);
      for (const path of paths) t.match(path, /^\/[^{}\s]*$/);
    });
  }
  for (const { id, framing } of manifest.dialects ?? []) {
    if (typeof framing !== 'string') continue;
    t.test(`the framing of ${id} can be read`, async (t) =>
      t.doesNotThrow(() => checkFraming(manifest.id, framing)),
    );
  }
}
