import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/** What a model accepts, as far as its id tells. */
export interface ModelRules {
  /** `adaptive`: effort decides; `budget`: a number of tokens; `none`: the model cannot think. */
  thinking: 'adaptive' | 'budget' | 'none';
  /** How thinking is switched off: a `thinking.type`, by leaving the field out, or not at all. */
  off: 'omit' | 'disabled' | 'between_tools' | 'never';
  /** Efforts accepted in `output_config.effort`. */
  efforts: ReadonlySet<string>;
  /** `format`: constrained decoding with `output_config.format`; `tool`: a tool the model must call. */
  structuredOutput: 'format' | 'tool';
  /** False where `tool_choice` may only be `auto` or `none`. */
  forcedTools: boolean;
  /** False where temperature, top_p and top_k are refused. */
  sampling: boolean;
  /** False where temperature and top_p may not be given together. */
  temperatureWithTopP: boolean;
  /** False where the last message may not be the assistant's. */
  prefill: boolean;
  /** True where a message of role `system` may stand before an assistant turn or at the end. */
  systemTurns: boolean;
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
 * Read from the model's id, because most of it can be asked nowhere. The steps follow the service's documentation of
 * models and migrations (seen 2026-10): thinking from 3.7, adaptive thinking and no prefill from 4.6, effort from
 * Opus 4.5, `xhigh` and no sampling settings from 4.7, system turns from Opus 4.8 and 5.0, no forced tools and no way
 * to stop thinking in the newest lines, `output_config.format` from Opus 4.1 and 4.5. A Claude without a number is
 * taken for the newest of its line; any other model (a compatible service's own) takes budgets when it reasons.
 * `provider.options` overrules.
 */
export function readModelRules(context: TranslateContext): ModelRules {
  const rules = rulesOf(context);
  const options = context.provider.options;
  if (isOneOf(options.thinking, ['adaptive', 'budget', 'none'])) rules.thinking = options.thinking;
  if (isOneOf(options.structuredOutput, ['format', 'tool']))
    rules.structuredOutput = options.structuredOutput;
  if (typeof options.forcedTools === 'boolean') rules.forcedTools = options.forcedTools;
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
      off: 'disabled',
      efforts: NO_EFFORTS,
      structuredOutput: features.includes('json-schema') ? 'format' : 'tool',
      forcedTools: true,
      sampling: true,
      temperatureWithTopP: true,
      prefill: true,
      systemTurns: false,
      cacheControl: true,
      signatures: 'own',
    };
  }
  const match = VERSION.exec(id);
  const version = match === null ? 9999 : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const line = /opus|sonnet|haiku|fable|mythos/.exec(id)?.[0] ?? '';
  const isAlwaysThinking = line === 'fable' || line === 'mythos';
  return {
    thinking: version >= 406 ? 'adaptive' : version >= 307 ? 'budget' : 'none',
    off: offOf(version, line),
    efforts: effortsOf(version, line),
    structuredOutput: version >= 405 || (line === 'opus' && version >= 401) ? 'format' : 'tool',
    forcedTools: !(isAlwaysThinking ? version >= 501 : line !== 'haiku' && version >= 505),
    sampling: version < 407,
    temperatureWithTopP: version < 401,
    prefill: version < 406,
    systemTurns: version >= 500 || (line === 'opus' && version >= 408),
    cacheControl: true,
    signatures: 'own',
  };
}

/** Models before 5.0 think only when asked; whether 4.7 and 4.8 take `disabled` the documentation does not agree on. */
function offOf(version: number, line: string): ModelRules['off'] {
  if (line === 'fable' || line === 'mythos' || (line === 'opus' && version >= 505)) return 'never';
  if (line === 'sonnet' && version >= 505) return 'between_tools';
  return version < 307 || (version >= 407 && version < 500) ? 'omit' : 'disabled';
}

function effortsOf(version: number, line: string): ReadonlySet<string> {
  if (version >= 407) return ALL_EFFORTS;
  if (version >= 406) return EFFORTS_TO_MAX;
  return version >= 405 && line === 'opus' ? EFFORTS : NO_EFFORTS;
}
