import type { CacheBreakpoint, Json, JsonObject } from '@dragoman/plugin-sdk';
import { isEmpty, isObject } from './dialect.ts';

/** `cache_control` as some compatible services and their clients write it into chat bodies. */
export function decodeCache(control: Json | undefined): CacheBreakpoint | undefined {
  if (!isObject(control) || control.type !== 'ephemeral') return undefined;
  const { type: _, ttl, ...rest } = control;
  if (!isEmpty(rest)) return undefined;
  if (ttl === undefined) return {};
  return ttl === '5m' || ttl === '1h' ? { ttl } : undefined;
}

export function encodeCache(cache: CacheBreakpoint): JsonObject {
  return cache.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: cache.ttl };
}
