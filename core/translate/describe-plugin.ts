import type { ProviderPlugin } from '@dragoman/plugin-sdk';

/** The functions a module offers, by target: `dialect:<id>` and `provider:<id>`. */
export function describePlugin(plugin: ProviderPlugin): Record<string, string[]> {
  const targets: Record<string, string[]> = {};
  add(targets, 'dialect', plugin.dialects);
  add(targets, 'provider', plugin.adapters);
  add(targets, 'provider', plugin.locals);
  return targets;
}

function add(targets: Record<string, string[]>, kind: string, owners: object | undefined): void {
  for (const [id, owner] of Object.entries(owners ?? {})) {
    const names = Object.entries(owner ?? {}).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    const target = `${kind}:${id}`;
    targets[target] = [...(targets[target] ?? []), ...names];
  }
}
