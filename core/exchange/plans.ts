import type { Operation } from '@dragoman/plugin-sdk';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { buildPlan, type PlanDialect, type PlanProvider, type TranslationPlan } from '../translate/plan.ts';

type Plans = Map<LoadedProvider, Map<string, TranslationPlan | null>>;
const compiled = new WeakMap<Snapshot, Plans>();

/** The plan of one client dialect, provider and operation; compiled on first use, then kept with the snapshot. */
export function planFor(
  snapshot: Snapshot,
  client: LoadedDialect,
  provider: LoadedProvider,
  operation: Operation,
): TranslationPlan | null {
  let plans = compiled.get(snapshot);
  if (plans === undefined) {
    plans = new Map();
    compiled.set(snapshot, plans);
  }
  let ofProvider = plans.get(provider);
  if (ofProvider === undefined) {
    ofProvider = new Map();
    plans.set(provider, ofProvider);
  }
  const key = `${client.id} ${operation}`;
  let plan = ofProvider.get(key);
  if (plan === undefined) {
    plan = buildPlan(operation, planDialect(client), planProvider(snapshot, provider));
    ofProvider.set(key, plan);
  }
  return plan;
}

export function planDialect(dialect: LoadedDialect): PlanDialect {
  return { id: dialect.id, module: dialect.module, config: dialect.config };
}

function planProvider(snapshot: Snapshot, provider: LoadedProvider): PlanProvider {
  const dialect = snapshot.dialects.get(provider.dialect);
  return {
    id: provider.declaration.id,
    dialect:
      dialect === undefined || provider.local !== null
        ? null
        : // A dialect's config is the provider's own block when one plugin brings both.
          {
            ...planDialect(dialect),
            config: dialect.plugin.id === provider.plugin.id ? provider.config : dialect.config,
          },
    adapter: provider.adapter,
    local: provider.local,
    config: provider.config,
    requestQuirks: provider.declaration.quirks?.request,
    responseQuirks: provider.declaration.quirks?.response,
  };
}
