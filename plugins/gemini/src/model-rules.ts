import type { TranslateContext } from '@dragoman/plugin-sdk';

/** What a model accepts, as far as its id tells. */
export interface ModelRules {
  /** `budget`: a number of tokens; `level`: one of a few words; `none`: the model cannot think. */
  thinking: 'budget' | 'level' | 'none';
  /** Levels in rising order, of a model that takes them. */
  levels: readonly string[];
  /** Smallest and largest budget, of a model that takes one. */
  budget: readonly [number, number];
  /** False where thinking cannot be switched off. */
  canStopThinking: boolean;
  /** Calls in the history must bear a signature, or the word that there is none. */
  signedCalls: boolean;
  /** A result of a tool may hold media. */
  mediaInResults: boolean;
  /** Files are read from any address. */
  fileUrls: boolean;
  /** Hosted tools and functions may be offered together. */
  mixedTools: boolean;
  /** JSON output and functions may be asked for together. */
  jsonWithTools: boolean;
}

const ALL_LEVELS = ['minimal', 'low', 'medium', 'high'] as const;
/** 2.5 is 205, 3.1 is 301, 3 is 300. */
const VERSION = /gemini-(?:[a-z]+-)*?(\d)(?:\.(\d+))?(?![\d])/;

/**
 * Read from the model's id, because it can be asked nowhere. The steps follow the service's documentation of thinking,
 * thought signatures, structured output and tool combination (seen 2026-11): budgets in 2.5, levels from 3; signatures
 * checked, media in tool results, hosted tools beside functions, JSON beside functions from 3; files by address from
 * 2.5. A Gemini without a number (`gemini-flash-latest`) is taken for the newest. `provider.options` overrules.
 */
export function readModelRules(context: TranslateContext): ModelRules {
  const rules = rulesOf(context);
  const { options } = context.provider;
  const { thinking, signedCalls, fileUrls, mixedTools, jsonWithTools, mediaInResults } = options;
  if (thinking === 'budget' || thinking === 'level' || thinking === 'none') rules.thinking = thinking;
  if (typeof signedCalls === 'boolean') rules.signedCalls = signedCalls;
  if (typeof mediaInResults === 'boolean') rules.mediaInResults = mediaInResults;
  if (typeof fileUrls === 'boolean') rules.fileUrls = fileUrls;
  if (typeof mixedTools === 'boolean') rules.mixedTools = mixedTools;
  if (typeof jsonWithTools === 'boolean') rules.jsonWithTools = jsonWithTools;
  return rules;
}

function rulesOf({ model: { id, features } }: TranslateContext): ModelRules {
  const match = VERSION.exec(id);
  const isGemini = id.includes('gemini');
  const version = match === null ? (isGemini ? 9999 : 0) : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const line = /flash-lite|flash|pro/.exec(id)?.[0] ?? '';
  const isNew = version >= 300;
  const canThink = version >= 205 || (!isGemini && features.includes('reasoning'));
  return {
    thinking: !canThink || /-image|-tts/.test(id) ? 'none' : isNew ? 'level' : 'budget',
    // 3 Pro has no medium; from 3.1 on it has. No Pro goes down to minimal.
    levels: line !== 'pro' ? ALL_LEVELS : version > 300 ? ['low', 'medium', 'high'] : ['low', 'high'],
    budget: line === 'pro' ? [128, 32768] : line === 'flash-lite' ? [512, 24576] : [1, 24576],
    canStopThinking: !isNew && line !== 'pro',
    signedCalls: isNew,
    mediaInResults: isNew,
    fileUrls: version >= 205,
    mixedTools: isNew,
    jsonWithTools: isNew,
  };
}
