import type { ModelDeclaration, ModelInfo } from '@dragoman/plugin-sdk';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';

/** A model as one provider offers it. `id` is what the upstream is asked for. */
export interface Target {
  provider: LoadedProvider;
  model: ModelInfo;
}

/** Who has which model name, made once per snapshot. */
export interface ModelIndex {
  /** Routes and aliases of routes: name to targets in order. */
  routes: ReadonlyMap<string, Target[]>;
  /** Bare model ids and aliases to every provider that has them. */
  bare: ReadonlyMap<string, Target[]>;
  /** Everything a client may ask for, for model lists: routes first, then `provider/model`. */
  listed: readonly ModelInfo[];
}

const indexes = new WeakMap<Snapshot, ModelIndex>();

export function modelIndex(snapshot: Snapshot): ModelIndex {
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = buildIndex(snapshot);
    indexes.set(snapshot, index);
  }
  return index;
}

function buildIndex(snapshot: Snapshot): ModelIndex {
  const bare = new Map<string, Target[]>();
  const listed: ModelInfo[] = [];
  for (const provider of snapshot.providers.values()) {
    for (const model of provider.models.values()) {
      add(bare, model.id, { provider, model: infoOf(model) });
      if (model.deprecated !== true) {
        listed.push({ ...infoOf(model), id: `${provider.name}/${model.id}`, ownedBy: provider.name });
      }
    }
    for (const [alias, id] of provider.aliases) {
      const model = provider.models.get(id);
      if (model !== undefined) add(bare, alias, { provider, model: infoOf(model) });
    }
  }
  const routes = new Map<string, Target[]>();
  const routeList: ModelInfo[] = [];
  for (const route of snapshot.settings.routes) {
    const targets = route.to.flatMap((name) => targetOf(snapshot, name) ?? []);
    routes.set(route.model, targets);
    const first = targets[0];
    if (first !== undefined) routeList.push({ ...first.model, id: route.model, ownedBy: 'dragoman' });
  }
  return { routes, bare, listed: [...routeList, ...listed] };
}

/** `provider/model` to a target; undefined when the left part is no configured provider, or nothing is on the right. */
export function targetOf(snapshot: Snapshot, name: string): Target | undefined {
  const slash = name.indexOf('/');
  if (slash < 1 || slash === name.length - 1) return undefined;
  const provider = snapshot.providers.get(name.slice(0, slash));
  return provider === undefined ? undefined : { provider, model: modelOf(provider, name.slice(slash + 1)) };
}

/** A provider may serve ids it does not list: they are sent as they are, and nothing is known of them. */
export function modelOf(provider: LoadedProvider, id: string): ModelInfo {
  const known = provider.models.get(id) ?? provider.models.get(provider.aliases.get(id) ?? '');
  if (known !== undefined) return infoOf(known);
  return {
    id,
    input: ['text', 'image', 'audio', 'pdf'],
    output: ['text'],
    features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
  };
}

function infoOf(model: ModelDeclaration): ModelInfo {
  const info: ModelInfo = {
    id: model.id,
    input: model.input,
    output: model.output,
    features: model.features,
  };
  if (model.name !== undefined) info.name = model.name;
  if (model.contextTokens !== undefined) info.contextTokens = model.contextTokens;
  if (model.maxOutputTokens !== undefined) info.maxOutputTokens = model.maxOutputTokens;
  return info;
}

function add(map: Map<string, Target[]>, name: string, target: Target): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [target]);
  else if (!list.some((other) => other.provider === target.provider)) list.push(target);
}
