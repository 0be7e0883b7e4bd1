import type { PluginManifest } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Tier } from '../translate/runner.ts';
import type { Trust } from './trust.ts';

/** Where a plugin's code may run; `manifest`: it has none. */
export type GrantedTier = Tier | 'manifest';

/**
 * Inline runs only what ships with the gateway and what the operator marked so; a worker thread holds faults but not
 * malice, so that too needs the operator's word. Throws GW_PLUGIN_NOT_TRUSTED with the line to add.
 */
export function decideTier(
  manifest: PluginManifest,
  bundled: boolean,
  trust: Trust | undefined,
): GrantedTier {
  const { id, runtime } = manifest;
  if (runtime === undefined) return 'manifest';
  const granted = trust ?? (bundled ? 'inline' : 'sandbox');
  if (granted !== 'sandbox') return granted;
  const missing =
    trust === 'sandbox'
      ? 'it is to run in the sandbox, and this version has no sandbox yet'
      : 'without an entry in plugins.trust it would run in a sandbox, and this version has none yet';
  throw new GatewayError('GW_PLUGIN_NOT_TRUSTED', {
    plugin: id,
    reason: `${missing}. If you trust its author, add this to gateway.yaml: plugins: { trust: { ${id}: worker } }`,
  });
}
