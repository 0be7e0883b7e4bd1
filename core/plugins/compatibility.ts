import type { PluginManifest } from '@dragoman/plugin-sdk';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import { usableSchemes } from '../auth/drivers.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkFraming } from '../upstream/framing.ts';
import { version } from '../version.ts';

/** The version of this file format and of the translate ABI that this gateway reads. */
const apiVersion = '1';

/** Looked at before the schema: a later version may look quite different. */
export function explainApiVersion(manifest: unknown): string | undefined {
  const found = (manifest as { apiVersion?: unknown } | null)?.apiVersion;
  if (found === undefined || found === apiVersion) return undefined;
  return `it has apiVersion ${JSON.stringify(found)}, this gateway reads "${apiVersion}"`;
}

/** Throws GW_PLUGIN_INCOMPATIBLE when this gateway cannot run the plugin. */
export function checkCompatibility(manifest: PluginManifest, gateway: string = version): void {
  const { id, engines, providers = [], dialects = [] } = manifest;
  const refuse = (reason: string): GatewayError =>
    new GatewayError('GW_PLUGIN_INCOMPATIBLE', { plugin: id, reason });
  if (validRange(engines.dragoman) === null) {
    throw refuse(`engines.dragoman '${engines.dragoman}' is no semver range`);
  }
  if (!satisfies(gateway, engines.dragoman, { includePrerelease: true })) {
    throw refuse(`it needs dragoman ${engines.dragoman}, this is ${gateway}`);
  }
  for (const provider of providers) {
    usableSchemes(id, provider.id, provider.auth ?? []);
    if (provider.framing !== undefined) checkFraming(id, provider.framing);
  }
  for (const { framing } of dialects) checkFraming(id, framing);
}
