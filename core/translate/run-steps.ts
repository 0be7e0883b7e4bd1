import type {
  CanonicalRequest,
  CanonicalResponse,
  EncodedRequest,
  Finish,
  Json,
  ProviderPlugin,
  TranslateContext,
  Translated,
  Usage,
  Warning,
  WireResponse,
} from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkWarnings } from './check-warnings.ts';
import { translateFailure } from './failure.ts';
import { applyEdits } from './quirks.ts';
import type { BaseContext, Memos, ModuleRef, Step, TranslateStep } from './runner.ts';
import { collectTokens } from './tokens/collect.ts';

/** Finds the loaded code of a module on the thread that asks. */
export type Resolve = (module: ModuleRef) => ProviderPlugin;
/** Throws when a step's output has the wrong shape; called only for modules with `checked`. */
export type CheckOutput = (step: TranslateStep, output: Json) => void;

/** Told how long each translator call took. */
export type Meter = (module: ModuleRef, milliseconds: number) => void;

export interface StepsOutput {
  output: Json;
  warnings: Warning[];
  memos: Memos;
  /** Seen in passing, when one of the steps decoded a reply. */
  usage?: Usage;
  finish?: Finish;
}

export type AnyTranslator = (input: never, context: TranslateContext) => Translated<unknown>;

/** Runs steps in order on JSON. The one implementation: inline and in workers. */
export function runSteps(
  steps: readonly Step[],
  input: Json,
  base: BaseContext,
  memos: Memos,
  resolve: Resolve,
  check: CheckOutput,
  meter?: Meter,
): StepsOutput {
  const run: StepsOutput = { output: input, warnings: [], memos: [] };
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Step;
    if (step.type === 'collect') {
      const body = collectTokens(run.output as unknown as CanonicalRequest);
      run.output = { body: body as unknown as Json };
      continue;
    }
    if (step.type === 'edit') {
      const warnings = applyEdits(editedBody(run.output), step.edits);
      if (step.warn) run.warnings.push(...warnings);
      continue;
    }
    try {
      const startedAt = meter === undefined ? 0 : performance.now();
      const made = findTranslator(step, resolve)(run.output as never, contextOf(step, base, memos));
      meter?.(step.module, performance.now() - startedAt);
      if (step.module.checked) check(step, made.output as Json);
      run.output = made.output as Json;
      if (made.warnings !== undefined) {
        if (step.module.checked) checkWarnings(step, made.warnings);
        run.warnings.push(...made.warnings);
      }
      run.memos[index] = made.memo;
      observe(step, run, base);
    } catch (thrown) {
      throw translateFailure(thrown, step, run.output);
    }
  }
  return run;
}

const decodesRequest: ReadonlySet<string> = new Set(['decodeRequest', 'decodeEmbed', 'decodeCount']);

/** Requests carry their body in `EncodedRequest`, replies in `WireResponse`. */
function editedBody(value: Json): Json {
  return (value as unknown as EncodedRequest | WireResponse).body;
}

function observe(step: TranslateStep, run: StepsOutput, base: BaseContext): void {
  if (decodesRequest.has(step.function)) {
    // The client's name for a model is the gateway's business: encoders are to write the upstream's.
    (run.output as unknown as CanonicalRequest).model = base.model.id;
  } else if (step.function === 'decodeResponse') {
    const response = run.output as unknown as CanonicalResponse;
    run.usage = response.usage;
    run.finish = response.finish;
  } else if (step.function === 'decodeEmbedResponse' || step.function === 'embed') {
    run.usage = (run.output as unknown as { usage?: Usage }).usage;
  }
}

export function contextOf(step: TranslateStep, base: BaseContext, memos: Memos): TranslateContext {
  const memo = step.memoOf === undefined ? undefined : memos[step.memoOf];
  return {
    requestId: base.requestId,
    now: base.now,
    operation: base.operation,
    model: base.model,
    provider: base.provider,
    client: base.client,
    config: step.config,
    memo,
  };
}

/** Looked up once per step and loaded plugin: a stream asks for the same ones with every read. */
export function findTranslator(step: TranslateStep, resolve: Resolve): AnyTranslator {
  const plugin = resolve(step.module);
  const known = found.get(step);
  if (known !== undefined && known.plugin === plugin) return known.translator;
  const translator = lookUp(step, plugin);
  found.set(step, { plugin, translator });
  return translator;
}

const found = new WeakMap<TranslateStep, { plugin: ProviderPlugin; translator: AnyTranslator }>();

function lookUp(step: TranslateStep, plugin: ProviderPlugin): AnyTranslator {
  const id = step.target.slice(step.target.indexOf(':') + 1);
  const translator = step.target.startsWith('dialect:')
    ? member(plugin.dialects?.[id], step.function)
    : (member(plugin.adapters?.[id], step.function) ?? member(plugin.locals?.[id], step.function));
  if (translator !== undefined) return translator;
  throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', {
    reason: `${step.target.replace(':', " '")}' does not offer ${step.function}`,
  });
}

function member(owner: object | undefined, name: string): AnyTranslator | undefined {
  if (owner === undefined || !Object.hasOwn(owner, name)) return undefined;
  const value = (owner as Record<string, unknown>)[name];
  return typeof value === 'function' ? (value as AnyTranslator) : undefined;
}
