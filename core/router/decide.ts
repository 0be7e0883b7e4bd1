import type { ModelInfo } from '@dragoman/plugin-sdk';
import type { Credential } from '../auth/credential.ts';
import { suggest } from '../config/suggest.ts';
import { variablesOf } from '../credentials/environment.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { whyNotOn } from '../plugins/how-to-turn-on.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { modelIndex, type Target, targetOf } from './models.ts';
import { isOffer, offerOf } from './offers.ts';
import type { RouteQuery } from './route-query.ts';

export interface Attempt {
  readonly provider: LoadedProvider;
  readonly model: ModelInfo;
  /** Null for a local provider. */
  readonly credential: Credential | null;
}
export interface RouteDecision {
  /** The rule that matched, for the log: `route fast`, `provider/model`, `bare id`. */
  rule: string;
  /** In order; the next is tried only while nothing has been sent to the client. Never empty. */
  attempts: Attempt[];
}

/** Order: route, `provider/model`, alias or bare id. Throws GW_ROUTE_* and GW_CREDENTIAL_MISSING. */
export function decide(query: RouteQuery, snapshot: Snapshot): RouteDecision {
  const { rule, targets } = findTargets(query, snapshot);
  const attempts = targets.flatMap(attemptsOf);
  if (attempts.length > 0) return { rule, attempts };
  const provider = targets[0]?.provider;
  if (provider === undefined) {
    throw new GatewayError('GW_ROUTE_NONE_AVAILABLE', {
      model: query.model,
      reason: 'none of the providers this route names is on',
    });
  }
  throw new GatewayError('GW_CREDENTIAL_MISSING', {
    provider: provider.name,
    suggestion: `: set providers.${provider.name}.credentials in gateway.yaml${environmentHint(provider)}`,
  });
}

function findTargets(query: RouteQuery, snapshot: Snapshot): { rule: string; targets: Target[] } {
  const { model, endpoint } = query;
  const offer = endpoint === undefined ? undefined : { ...query, endpoint };
  if (offer !== undefined && model === '') return { rule: 'provider', targets: [offerOf(offer, snapshot)] };
  if (offer === undefined && query.provider !== undefined) return askedTarget(query, snapshot);
  const index = modelIndex(snapshot);
  const route = index.routes.get(model);
  if (route !== undefined) return { rule: `route ${model}`, targets: route };
  const named = targetOf(snapshot, fullName(query));
  if (named !== undefined) return { rule: 'provider/model', targets: [named] };
  const all = index.bare.get(model);
  // Many providers list a model of that name; what counts is who can do this with it.
  const bare = offer === undefined ? all : all?.filter(({ provider }) => isOffer(provider, offer));
  if (offer !== undefined && (bare === undefined || bare.length === 0)) {
    return { rule: 'provider', targets: [offerOf(offer, snapshot)] };
  }
  if (bare === undefined) throw new GatewayError('GW_ROUTE_NO_MODEL', noModel(model, snapshot));
  if (bare.length > 1) {
    const candidates = bare.map((target) => `${target.provider.name}/${target.model.id}`).join(', ');
    throw new GatewayError('GW_ROUTE_AMBIGUOUS_MODEL', { model, candidates });
  }
  return { rule: 'bare id', targets: bare };
}

/** Nobody else, even if the model's name alone would lead somewhere. */
function askedTarget(query: RouteQuery, snapshot: Snapshot): { rule: string; targets: Target[] } {
  const name = fullName(query);
  const target = targetOf(snapshot, name);
  if (target === undefined) throw new GatewayError('GW_ROUTE_NO_MODEL', noModel(name, snapshot));
  return { rule: 'x-dragoman-provider', targets: [target] };
}

function fullName({ model, provider, endpoint }: RouteQuery): string {
  if (provider === undefined) return model;
  // Who has to name a provider for requests without a model may name it in those with one as well.
  return endpoint !== undefined && model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

/** Services list thousands; to compare a name with all of them would hold up everybody else. */
const mostNames = 5000;

function noModel(model: string, snapshot: Snapshot): { model: string; suggestion: string } {
  const shown = model.length > 200 ? `${model.slice(0, 200)}...` : model;
  const slash = model.indexOf('/');
  if (slash > 0 && snapshot.providers.has(model.slice(0, slash))) {
    const reason = `: provider '${model.slice(0, slash)}' is on, and this is none of its models; GET /v1/models lists them`;
    return { model: shown, suggestion: reason };
  }
  const why = slash < 1 ? undefined : whyNotOn(model.slice(0, slash), snapshot);
  if (why !== undefined) {
    return { model: shown, suggestion: `: provider '${model.slice(0, slash)}' is not on; ${why}` };
  }
  const index = modelIndex(snapshot);
  const names = [...index.routes.keys(), ...index.bare.keys(), ...index.listed.map((info) => info.id)];
  const close = suggest(model, names.slice(0, mostNames));
  return {
    model: shown,
    suggestion: close === undefined ? '. GET /v1/models lists them' : `. Did you mean '${close}'?`,
  };
}

const decided = new WeakMap<LoadedProvider, Credential[]>();

/** One attempt per usable credential, in the operator's order. */
function attemptsOf({ provider, model }: Target): Attempt[] {
  if (provider.local !== null) return [{ provider, model, credential: null }];
  let usable = decided.get(provider);
  if (usable === undefined) {
    usable = provider.credentials.filter((credential) => credential.disabled !== true);
    decided.set(provider, usable);
  }
  return usable.map((credential) => ({ provider, model, credential }));
}

function environmentHint(provider: LoadedProvider): string {
  const [variable] = variablesOf(provider.declaration.auth ?? []);
  return variable === undefined ? '' : ` or the environment variable ${variable}`;
}
