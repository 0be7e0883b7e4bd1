import type { EncodedRequest, Json, JsonObject, ModelInfo, Operation, Warning } from '@dragoman/plugin-sdk';
import { suggest } from '../config/suggest.ts';
import { mustTranslate, type PassableRequest } from '../exchange/must-translate.ts';
import { planDialect, planFor } from '../exchange/plans.ts';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { modelOf } from '../router/models.ts';
import { buildPlan, type TranslationPlan } from '../translate/plan.ts';
import { applyEdits } from '../translate/quirks.ts';
import type { BaseContext } from '../translate/runner.ts';
import { failWith } from './report-error.ts';

/** What `dragoman translate` shows of one request. */
export interface Preview {
  /** What was read, in the hub's form. */
  canonical: Json;
  /** What the upstream would get; null for a provider inside the gateway. */
  upstream: EncodedRequest | null;
  warnings: Warning[];
  /** True: the gateway sends the client's own bytes, and `upstream` differs from them by what it says only. */
  passThrough: boolean;
}
export interface PreviewRequest {
  from: string;
  /** A provider's configured name or a dialect's id. */
  to: string;
  operation: Operation;
  body: JsonObject;
}
interface Target {
  plan: TranslationPlan;
  provider: BaseContext['provider'];
  model: ModelInfo;
}

/** Runs the request half of a plan on the snapshot's own runner: what is shown is what would happen. */
export async function preview(request: PreviewRequest, snapshot: Snapshot): Promise<Preview> {
  const from = findDialect(request.from, snapshot, 'inbound');
  const provider = snapshot.providers.get(request.to);
  const target =
    provider === undefined
      ? toDialect(request, from, snapshot)
      : toProvider(request, from, provider, snapshot);
  const context: BaseContext = {
    requestId: 'req_preview',
    now: Date.now(),
    operation: request.operation,
    model: target.model,
    provider: target.provider,
    client: { dialect: from.id },
  };
  const wire = { path: {}, query: {}, headers: {}, body: request.body };
  const { plan } = target;
  const { output: canonical, warnings } = await snapshot.runner.call(
    plan.request.slice(0, 1),
    wire,
    context,
    [],
  );
  if (plan.local) return { canonical, upstream: null, warnings, passThrough: false };
  if (plan.passThrough) {
    const body = structuredClone(request.body);
    if (body.model !== undefined) body.model = target.model.id;
    const edits = plan.edits === null ? [] : applyEdits(body, plan.edits);
    return { canonical, upstream: { endpoint: request.operation, body }, warnings: edits, passThrough: true };
  }
  const encoded = await snapshot.runner.call(plan.request, wire, context, []);
  return {
    canonical,
    upstream: encoded.output as unknown as EncodedRequest,
    warnings: encoded.warnings,
    passThrough: false,
  };
}

function toProvider(
  request: PreviewRequest,
  from: LoadedDialect,
  provider: LoadedProvider,
  snapshot: Snapshot,
): Target {
  const plan = planFor(snapshot, from, provider, request.operation);
  if (plan === null) throw untranslatable(request);
  const asked = typeof request.body.model === 'string' ? request.body.model : '';
  const prefix = `${provider.name}/`;
  const isTranslated = plan.passThrough && mustTranslate(passable(request, from), provider, snapshot);
  return {
    plan: isTranslated ? { ...plan, passThrough: false } : plan,
    provider: {
      id: provider.declaration.id,
      family: provider.family,
      dialect: provider.dialect,
      options: provider.options,
    },
    model: modelOf(snapshot, provider, asked.startsWith(prefix) ? asked.slice(prefix.length) : asked),
  };
}

/** The request as it would arrive at the dialect's first route for this operation. */
function passable({ operation, body }: PreviewRequest, from: LoadedDialect): PassableRequest {
  const route = from.declaration.routes?.find((each) => each.operation === operation);
  const wish = route?.stream;
  const said = typeof wish === 'string' ? body[wish.slice(1)] : wish;
  const isStream = typeof said === 'boolean' ? said : (route?.streamDefault ?? false);
  const { framing } = from.declaration;
  const bytes = Buffer.from(JSON.stringify(body));
  // A preview stands for no program in particular.
  return { dialect: from, operation, isStream, framing, body: bytes, headers: {} };
}

/** No provider in particular: the dialect as it is, with a model nothing is known of. */
function toDialect(request: PreviewRequest, from: LoadedDialect, snapshot: Snapshot): Target {
  const to = findDialect(request.to, snapshot, 'outbound');
  const plan = buildPlan(request.operation, planDialect(from), {
    id: to.id,
    dialect: planDialect(to),
    adapter: null,
    local: null,
    config: to.config,
  });
  if (plan === null) throw untranslatable(request);
  return {
    // From a dialect to itself, what its two halves make of the request is the point of asking.
    plan: { ...plan, passThrough: false },
    provider: { id: to.id, family: '', dialect: to.id, options: {} },
    model: {
      id: typeof request.body.model === 'string' ? request.body.model : '',
      input: ['text', 'image', 'audio', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
  };
}

function untranslatable({ operation, from, to }: PreviewRequest): Error {
  return failWith(
    `'${operation}' cannot be translated from ${from} to ${to}`,
    'it can only go to a provider that speaks the same dialect',
  );
}

function findDialect(id: string, snapshot: Snapshot, role: 'inbound' | 'outbound'): LoadedDialect {
  const dialect = snapshot.dialects.get(id);
  if (dialect?.declaration.roles.includes(role)) return dialect;
  const isDeclared = [...snapshot.plugins.values()].some(({ manifest }) =>
    manifest.providers?.some((each) => each.id === id),
  );
  if (role === 'outbound' && isDeclared) {
    throw failWith(`the provider '${id}' is not on`, 'dragoman plugins says what would turn it on');
  }
  const fitting = [...snapshot.dialects.values()].filter((each) => each.declaration.roles.includes(role));
  const names = fitting.map((each) => each.id);
  const all = role === 'outbound' ? [...names, ...snapshot.providers.keys()] : names;
  const close = suggest(id, all);
  const what =
    role === 'inbound' ? 'dialect for clients' : 'dialect for upstreams and no provider that is on';
  throw failWith(
    `there is no ${what} named '${id}'${close === undefined ? '' : `; did you mean '${close}'?`}`,
    `there are: ${all.join(', ') || 'none (dragoman plugins says why)'}`,
  );
}
