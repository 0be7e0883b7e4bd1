import {
  type CacheBreakpoint,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  type PartBase,
} from '@dragoman/plugin-sdk';
import { makeOwn, ownFields } from './dialect.ts';
import { type RequestWriter, takesCache } from './writer.ts';

/** The two fields that mark a breakpoint on a part: the official one, and that of compatible services and their clients. */
export const CACHE_FIELDS = ['cache_control', 'prompt_cache_breakpoint'] as const;

/** `cache_control: { type: 'ephemeral' }`; `undefined` when it says more than the hub has words for. */
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

/** Reads the breakpoint of a part. One the hub has no words for is kept as it came. */
export function readCache(part: PartBase, wire: JsonObject): void {
  const { cache_control: control, prompt_cache_breakpoint: official } = wire;
  if (official !== undefined) {
    if (isObject(official) && official.mode === 'explicit' && Object.keys(official).length === 1) {
      part.cache = {};
      makeOwn(part).$cache = 'official';
    } else {
      makeOwn(part).prompt_cache_breakpoint = official;
    }
  }
  if (control === undefined) return;
  const cache = part.cache === undefined ? decodeCache(control) : undefined;
  if (cache === undefined) makeOwn(part).cache_control = control;
  else part.cache = cache;
}

/** Writes the breakpoint of a part in the way the model takes it, or tells once that breakpoints stay behind. */
export function writeCache(wire: JsonObject, part: PartBase, writer: RequestWriter): void {
  if (part.cache === undefined) return;
  const isOfficial = ownFields(part.extensions)?.$cache === 'official';
  if (writer.rule.cacheBreakpoints === true || (isOfficial && writer.options.cacheControl === undefined)) {
    wire.prompt_cache_breakpoint = { mode: 'explicit' };
  } else if (takesCache(writer)) {
    wire.cache_control = encodeCache(part.cache);
  }
}
