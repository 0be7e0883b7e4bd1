import type { Framing } from '@dragoman/plugin-sdk';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';

/** How a provider frames its streams: as it says itself, else as its dialect does. */
export function upstreamFraming(provider: LoadedProvider, snapshot: Snapshot): Framing {
  const dialect = snapshot.dialects.get(provider.dialect);
  return provider.declaration.framing ?? dialect?.declaration.framing ?? 'sse';
}
