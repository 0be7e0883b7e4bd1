import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/** What a model accepts, as far as its id tells. */
export interface ModelRules {
  /** `adaptive`: effort decides; `budget`: a number of tokens; `none`: the model cannot think. */
  thinking: 'adaptive' | 'budget' | 'none';
  /** Efforts accepted in `output_config.effort`. */
  efforts: ReadonlySet<string>;
  /** `format`: constrained decoding with `output_config.format`; `tool`: a tool the model must call. */
  structuredOutput: 'format' | 'tool';
  /** False where temperature, top_p and top_k are refused. */
  sampling: boolean;
  /** False where temperature and top_p may not be given together. */
  temperatureWithTopP: boolean;
  /** False where the last message may not be the assistant's. */
  prefill: boolean;
  cacheControl: boolean;
  /** `own`: only signatures of the provider's family are replayed. */
  signatures: 'own' | 'any';
}

const NO_EFFORTS: ReadonlySet<string> = new Set();
const EFFORTS = new Set(['low', 'medium', 'high']);
const EFFORTS_TO_MAX = new Set(['low', 'medium', 'high', 'max']);
const ALL_EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

/** Versions are compared as major * 100 + minor: 3.7 is 307, 4.6 is 406. Read from the id, e.g. `claude-opus-4-6`. */
const VERSION = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/**
 * Read from the model's id, because no field of the API says it before the first refusal. The steps follow the
 * service's documentation: thinking from 3.7, adaptive thinking from 4.6, effort from Opus 4.5, `xhigh` and no
 * sampling settings from 4.7, no prefill from 4.6, `output_config.format` from 4.1 (Opus) and 4.5. A Claude without a
 * number is taken for the newest; any other model (a compatible service's own) takes budgets when it reasons.
 * `provider.options` overrules.
 */
export function readModelRules(context: TranslateContext): ModelRules {
  const rules = rulesOf(context);
  const options = context.provider.options;
  if (isOneOf(options.thinking, ['adaptive', 'budget', 'none'])) rules.thinking = options.thinking;
  if (isOneOf(options.structuredOutput, ['format', 'tool']))
    rules.structuredOutput = options.structuredOutput;
  if (typeof options.sampling === 'boolean') rules.sampling = options.sampling;
  if (typeof options.cacheControl === 'boolean') rules.cacheControl = options.cacheControl;
  if (isOneOf(options.signatures, ['own', 'any'])) rules.signatures = options.signatures;
  if (apiVersion(context) >= '2026-10-21') rules.sampling = false;
  return rules;
}

/** The version of the API the upstream is asked for: dates compare as text. */
export function apiVersion(context: TranslateContext): string {
  return textOf(context.provider.options, 'version') ?? textOf(context.config, 'version') ?? '2023-06-01';
}

function textOf(settings: JsonObject, name: string): string | undefined {
  const value = settings[name];
  return typeof value === 'string' ? value : undefined;
}

function isOneOf<Word extends string>(value: unknown, words: readonly Word[]): value is Word {
  return typeof value === 'string' && (words as readonly string[]).includes(value);
}

function rulesOf(context: TranslateContext): ModelRules {
  const { id, features } = context.model;
  if (!id.includes('claude')) {
    return {
      thinking: features.includes('reasoning') ? 'budget' : 'none',
      efforts: NO_EFFORTS,
      structuredOutput: features.includes('json-schema') ? 'format' : 'tool',
      sampling: true,
      temperatureWithTopP: true,
      prefill: true,
      cacheControl: true,
      signatures: 'own',
    };
  }
  const match = VERSION.exec(id);
  const version = match === null ? 9999 : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const isOpus = id.includes('opus');
  return {
    thinking: version >= 406 ? 'adaptive' : version >= 307 ? 'budget' : 'none',
    efforts: effortsOf(version, isOpus),
    structuredOutput: version >= 405 || (isOpus && version >= 401) ? 'format' : 'tool',
    sampling: version < 407,
    temperatureWithTopP: version < 401,
    prefill: version < 406,
    cacheControl: true,
    signatures: 'own',
  };
}

function effortsOf(version: number, isOpus: boolean): ReadonlySet<string> {
  if (version >= 407) return ALL_EFFORTS;
  if (version >= 406) return EFFORTS_TO_MAX;
  return version >= 405 && isOpus ? EFFORTS : NO_EFFORTS;
}
