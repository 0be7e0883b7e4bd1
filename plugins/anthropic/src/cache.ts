import { type CacheBreakpoint, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

interface Cached {
  cache?: CacheBreakpoint;
  extensions?: Record<string, JsonObject>;
}

/**
 * Reads `cache_control`. A shape the hub has no word for (null, another type, more fields) also stays in the
 * extensions, which are written last.
 */
export function readCache(target: Cached, control: Json | undefined): void {
  if (control === undefined) return;
  const isPlain = isObject(control) && control.type === 'ephemeral';
  if (isPlain) {
    target.cache = control.ttl === '5m' || control.ttl === '1h' ? { ttl: control.ttl } : {};
    const fields = Object.keys(control).length;
    if (fields === (target.cache.ttl === undefined ? 1 : 2)) return;
  }
  target.extensions ??= {};
  const own = target.extensions[DIALECT] ?? {};
  own.cache_control = control;
  target.extensions[DIALECT] = own;
}

export function writeCache(cache: CacheBreakpoint): JsonObject {
  return cache.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: cache.ttl };
}
