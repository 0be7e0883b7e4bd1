import type { GatewaySettings } from '../config/settings.ts';
import { exceeding } from './permissions.ts';
import { acceptedIn, type LockState } from './read-lock.ts';
import type { LoadedPlugin } from './snapshot.ts';
import { trustLevels, trustOf } from './trust.ts';

/**
 * May the version that serves go on when its folder holds something else? Not when the operator took back what it runs
 * by: its place in the lock, a permission, or the trust its code has.
 */
export function mayServeOn(
  good: LoadedPlugin,
  { settings, lock }: { settings: GatewaySettings; lock: LockState },
): boolean {
  if (good.bundled) return true;
  const accepted = acceptedIn(lock, good.id);
  // A lock that cannot be read takes nothing back: most often it is being written.
  if (lock.isBroken) return true;
  if (accepted === undefined && settings.plugins.mode === 'locked') return false;
  if (accepted !== undefined && exceeding(good.manifest.permissions ?? {}, accepted.permissions).length > 0)
    return false;
  const granted = trustOf(good.id, settings, accepted) ?? 'sandbox';
  return good.module === null || trustLevels.indexOf(good.module.tier) <= trustLevels.indexOf(granted);
}
