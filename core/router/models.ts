import type { ModelDeclaration, ModelInfo } from '@dragoman/plugin-sdk';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';

/** A model as one provider offers it. `id` is what the upstream is asked for. */
export interface Target {
  provider: LoadedProvider;
  model: ModelInfo;
}

/** Who has which model name, made once per snapshot and again when a service has listed others. */
export interface ModelIndex {
  /** Routes and aliases of routes: name to targets in order. */
  routes: ReadonlyMap<string, Target[]>;
  /** Bare model ids and aliases to every provider that has them. What services list counts where nobody declares it. */
  bare: ReadonlyMap<string, Target[]>;
  /** Everything a client may ask for, for model lists: routes first, then `provider/model`. */
  listed: readonly ModelInfo[];
  /** All that is known of each provider's models, by id: declared, configured or listed by the service. */
  known: ReadonlyMap<LoadedProvider, ReadonlyMap<string, ModelInfo>>;
}

const indexes = new WeakMap<Snapshot, { revision: number; index: ModelIndex }>();

export function modelIndex(snapshot: Snapshot): ModelIndex {
  const revision = snapshot.found?.revision ?? 0;
  const made = indexes.get(snapshot);
  if (made !== undefined && made.revision === revision) return made.index;
  const index = buildIndex(snapshot);
  indexes.set(snapshot, { revision, index });
  return index;
}

function buildIndex(snapshot: Snapshot): ModelIndex {
  const declared = new Map<string, Target[]>();
  const found = new Map<string, Target[]>();
  const known = new Map<LoadedProvider, ReadonlyMap<string, ModelInfo>>();
  const listed: ModelInfo[] = [];
  for (const provider of snapshot.providers.values()) {
    const models = knownOf(provider, snapshot);
    known.set(provider, models);
    for (const model of models.values()) {
      const declaration = provider.models.get(model.id);
      add(declaration === undefined ? found : declared, model.id, { provider, model });
      if (declaration?.deprecated === true) continue;
      listed.push({ ...model, id: `${provider.name}/${model.id}`, ownedBy: provider.name });
    }
    for (const [alias, id] of provider.aliases) {
      const model = models.get(id);
      if (model !== undefined) add(declared, alias, { provider, model });
    }
  }
  const routes = new Map<string, Target[]>();
  const routeList: ModelInfo[] = [];
  for (const route of snapshot.settings.routes) {
    const targets = route.to.flatMap((name) => findTarget(snapshot, name, known) ?? []);
    routes.set(route.model, targets);
    const first = targets[0];
    if (first !== undefined) routeList.push({ ...first.model, id: route.model, ownedBy: 'dragoman' });
  }
  // A name that worked must not become ambiguous because another service lists it too.
  for (const [name, targets] of found) if (!declared.has(name)) declared.set(name, targets);
  return { routes, bare: declared, listed: [...routeList, ...listed], known };
}

/** `provider/model` to a target; undefined when the left part is no configured provider, or nothing is on the right. */
export function targetOf(snapshot: Snapshot, name: string): Target | undefined {
  return findTarget(snapshot, name, modelIndex(snapshot).known);
}

/** A provider may serve ids it does not list: they are sent as they are, and nothing is known of them. */
export function modelOf(snapshot: Snapshot, provider: LoadedProvider, id: string): ModelInfo {
  return findModel(provider, id, modelIndex(snapshot).known);
}

function findTarget(snapshot: Snapshot, name: string, known: ModelIndex['known']): Target | undefined {
  const slash = name.indexOf('/');
  if (slash < 1 || slash === name.length - 1) return undefined;
  const provider = snapshot.providers.get(name.slice(0, slash));
  if (provider === undefined) return undefined;
  return { provider, model: findModel(provider, name.slice(slash + 1), known) };
}

function findModel(provider: LoadedProvider, id: string, known: ModelIndex['known']): ModelInfo {
  const models = known.get(provider);
  return models?.get(id) ?? models?.get(provider.aliases.get(id) ?? '') ?? { id, ...unknown };
}

const unknown: Omit<ModelInfo, 'id'> = {
  input: ['text', 'image', 'audio', 'pdf'],
  output: ['text'],
  features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
};

/** Declared models first, with what only the service says of them; then what it has besides. */
function knownOf(provider: LoadedProvider, snapshot: Snapshot): Map<string, ModelInfo> {
  const found = provider.discovery === null ? undefined : snapshot.found?.of(provider);
  const known = new Map<string, ModelInfo>();
  for (const model of provider.models.values())
    known.set(model.id, declaredInfo(model, found?.get(model.id)));
  for (const model of found?.values() ?? []) {
    if (!known.has(model.id) && !provider.aliases.has(model.id)) known.set(model.id, foundInfo(model));
  }
  return known;
}

function declaredInfo(model: ModelDeclaration, found: ModelInfo | undefined): ModelInfo {
  const info: ModelInfo = {
    id: model.id,
    input: model.input,
    output: model.output,
    features: model.features,
  };
  const name = model.name ?? found?.name;
  const contextTokens = model.contextTokens ?? found?.contextTokens;
  const maxOutputTokens = model.maxOutputTokens ?? found?.maxOutputTokens;
  if (name !== undefined) info.name = name;
  if (contextTokens !== undefined) info.contextTokens = contextTokens;
  if (maxOutputTokens !== undefined) info.maxOutputTokens = maxOutputTokens;
  if (found?.createdAt !== undefined) info.createdAt = found.createdAt;
  return info;
}

/** Most lists hold ids and little else. One that names no feature does not say that the model has none. */
function foundInfo(found: ModelInfo): ModelInfo {
  if (found.features.length > 0 || !found.output.includes('text')) return found;
  const isBare = found.input.every((medium) => medium === 'text');
  return { ...found, features: unknown.features, input: isBare ? unknown.input : found.input };
}

function add(map: Map<string, Target[]>, name: string, target: Target): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [target]);
  else if (!list.some((other) => other.provider === target.provider)) list.push(target);
}
