import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@dragoman/plugin-sdk';

const plugins = join(import.meta.dirname, '../../plugins');

/**
 * Manifests of `anthropic-twin` and `openai-twin`: the bundled provider with a quirk on replies, so that a client of the
 * same dialect is served by translation and not by pass-through. The quirk names a field no reply has.
 */
export function twinManifests(): JsonObject[] {
  return ['anthropic', 'openai'].map((id) => {
    const manifest = JSON.parse(readFileSync(join(plugins, id, 'plugin.json'), 'utf8')) as JsonObject;
    const [provider] = manifest.providers as [JsonObject];
    const { $schema: _schema, runtime: _runtime, dialects: _dialects, ...rest } = manifest;
    const twin = {
      ...provider,
      id: `${id}-twin`,
      quirks: { ...(provider.quirks as JsonObject), response: { drop: ['no-such-field'] } },
    };
    return { ...rest, id: `${id}-twin`, providers: [twin] };
  });
}
