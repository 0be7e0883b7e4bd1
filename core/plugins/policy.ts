import type { PluginManifest } from '@dragoman/plugin-sdk';
import type { Tier } from '../translate/runner.ts';
import type { Trust } from './trust.ts';

/** Where a plugin's code may run; `manifest`: it has none. */
export type GrantedTier = Tier | 'manifest';

/**
 * What ships with the gateway runs inline, everything else in the sandbox, unless the operator says otherwise: a worker
 * thread holds faults but not malice. An Extism module knows no other place than the sandbox.
 */
export function decideTier(
  manifest: PluginManifest,
  bundled: boolean,
  trust: Trust | undefined,
): GrantedTier {
  const { runtime } = manifest;
  if (runtime === undefined) return 'manifest';
  if (runtime.js === undefined) return 'sandbox';
  return trust ?? (bundled ? 'inline' : 'sandbox');
}
