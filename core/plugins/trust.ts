import type { GatewaySettings } from '../config/settings.ts';
import type { LockedPlugin } from '../generated/lock.ts';

export type Trust = LockedPlugin['trust'];

/** From the least to the most a plugin can do. */
export const trustLevels: readonly Trust[] = ['sandbox', 'worker', 'inline'];

/**
 * How far the operator trusts a plugin: what gateway.yaml says of its id, else what the lock says of its files. Undefined:
 * nobody said anything.
 */
export function trustOf(
  id: string,
  settings: GatewaySettings,
  accepted: LockedPlugin | undefined,
): Trust | undefined {
  return settings.plugins.trust[id] ?? accepted?.trust;
}
