import { type CacheBreakpoint, type JsonObject, warn } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** The service refuses a request with more. */
const MAX_CACHE_POINTS = 4;

/** A block that ends what may be cached; `undefined`, with a warning, where the model takes none. */
export function encodeCachePoint(
  { ttl }: CacheBreakpoint,
  path: string,
  writer: RequestWriter,
): JsonObject | undefined {
  const { rules } = writer;
  if (!rules.cache) {
    warn(writer, 'dropped', path, 'the model caches no prompts');
    return undefined;
  }
  if (writer.cachePoints >= MAX_CACHE_POINTS) {
    warn(writer, 'dropped', path, `only ${MAX_CACHE_POINTS} cache points are accepted`);
    return undefined;
  }
  writer.cachePoints++;
  const point: JsonObject = { type: 'default' };
  // Five minutes is what every model does by itself.
  if (ttl === '1h' && rules.cacheTtl) point.ttl = ttl;
  else if (ttl === '1h') warn(writer, 'approximated', `${path}/ttl`, 'the model caches for five minutes');
  return { cachePoint: point };
}
