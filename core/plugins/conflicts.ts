import type { DialectDeclaration } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedPlugin } from './snapshot.ts';

type Claimant = Pick<LoadedPlugin, 'id' | 'manifest' | 'directory'>;

/** What plugins may have only one of, all together: plugin, dialect and provider ids, and routes. */
export interface Claims {
  /** Takes the plugin in, or says with whom it clashes and takes nothing. */
  add(plugin: Claimant): GatewayError | null;
}

export function createClaims(): Claims {
  const owners = new Map<string, Claimant>();
  return {
    add(plugin) {
      const claims = [...claimsOf(plugin)];
      for (const { key, what } of claims) {
        const owner = owners.get(key);
        if (owner === undefined) continue;
        const reason = `${what} is already that of ${owner.directory}`;
        return new GatewayError('GW_PLUGIN_CONFLICT', { plugin: plugin.id, other: owner.id, reason });
      }
      for (const { key } of claims) owners.set(key, plugin);
      return null;
    },
  };
}

interface Claim {
  key: string;
  what: string;
}

function* claimsOf({ id, manifest }: Claimant): Generator<Claim> {
  yield { key: `plugin ${id}`, what: `the plugin id '${id}'` };
  for (const provider of manifest.providers ?? []) {
    yield { key: `provider ${provider.id}`, what: `the provider id '${provider.id}'` };
  }
  for (const dialect of manifest.dialects ?? []) {
    yield { key: `dialect ${dialect.id}`, what: `the dialect id '${dialect.id}'` };
    yield* routesOf(dialect);
  }
}

function* routesOf({ routes = [] }: DialectDeclaration): Generator<Claim> {
  const seen = new Set<string>();
  for (const { method, path, when } of routes) {
    // Two names for a segment are still one route.
    const shape = path.replace(/\{[^{}]*?(\+?)\}/g, '{$1}');
    const key = `route ${method} ${shape} ${when?.header ?? ''}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const condition = when === undefined ? '' : ` with the header ${when.header}`;
    yield { key, what: `the route ${method} ${path}${condition}` };
  }
}
