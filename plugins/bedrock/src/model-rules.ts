import type { TranslateContext } from '@dragoman/plugin-sdk';

/** What a model takes, as far as its name tells: the service describes it nowhere a gateway could ask. */
export interface ModelRules {
  /** Who issues and checks signatures: Anthropic for every Claude, wherever it runs. */
  family: string;
  /** How the amount of thinking is told. */
  thinking: 'claude-budget' | 'claude-effort' | 'nova' | 'gpt-oss' | 'qwen' | 'none';
  /** Levels of effort a Claude takes. */
  efforts: readonly string[];
  /** How thinking is switched off: by leaving it out, by a word, or not at all; `unknown`: nobody says. */
  off: 'omit' | 'disabled' | 'never' | 'unknown';
  /** Where top_k goes in the model's own fields. */
  topK: 'top_k' | 'nova' | 'none';
  /** False where temperature and top_p are refused, or may not be given together. */
  sampling: boolean;
  temperatureWithTopP: boolean;
  /** What a choice of tools may demand: one tool, any tool, or nothing. */
  toolChoice: 'tool' | 'any' | 'auto';
  /** JSON held to a schema, and strict tools. */
  schemas: boolean;
  /** Every object of a schema must be closed, and limits are refused. */
  closedSchemas: boolean;
  cache: boolean;
  /** Cache points behind tools, and a time they live. */
  cacheTools: boolean;
  cacheTtl: boolean;
  /** Kinds of media that may stand in the result of a tool. */
  resultMedia: ReadonlySet<string>;
  /** That a tool failed. */
  resultStatus: boolean;
  /** False where results and other content may not share a turn. */
  resultsWithText: boolean;
  /** False where the first turn may be the assistant's. */
  startsWithUser: boolean;
  /** False where the last turn may not be the assistant's. */
  prefill: boolean;
  /** The field of the model's reply that holds the stop sequence, as a whole and in a stream. */
  stopSequence: boolean;
}

/** Makers whose models keep to a schema, but for some older ones. */
const KEEPS_SCHEMAS =
  /qwen|deepseek|ministral|magistral|mistral-large-3|gemma|nvidia|nemotron|minimax|moonshot|kimi|gpt-oss|zai|glm/;

/** Makers whose models do not think, whatever is listed of one that nobody described. */
const NEVER_THINKS = /llama|command|jamba|titan|mixtral|mistral|writer|palmyra|gemma/;

const ALL = new Set(['image', 'document', 'video']);
const STILLS = new Set(['image', 'document']);
const NONE: ReadonlySet<string> = new Set();

/**
 * The id says it, or the name an operator gave an id that says nothing, such as an application inference profile. Read from
 * the service's pages on tools, caching, structured output and inference parameters (2026-10), and from recorded refusals.
 */
export function readModelRules(context: TranslateContext): ModelRules {
  const { id, name = '', features } = context.model;
  const text = `${id} ${name}`.toLowerCase().replaceAll(' ', '-');
  if (/claude|anthropic/.test(text)) return claudeRules(text);
  const { family } = context.provider;
  const other: ModelRules = {
    family: family === '' ? 'bedrock' : family,
    thinking: 'none',
    efforts: [],
    off: features.includes('reasoning') && !NEVER_THINKS.test(text) ? 'unknown' : 'omit',
    topK: 'none',
    sampling: true,
    temperatureWithTopP: true,
    toolChoice: 'auto',
    schemas: features.includes('json-schema') && KEEPS_SCHEMAS.test(text),
    closedSchemas: false,
    cache: false,
    cacheTools: false,
    cacheTtl: false,
    resultMedia: NONE,
    resultStatus: false,
    resultsWithText: true,
    startsWithUser: true,
    prefill: true,
    stopSequence: false,
  };
  if (text.includes('nova')) return { ...other, ...novaRules(text) };
  if (/mistral|writer|palmyra/.test(text)) {
    const toolChoice = text.includes('mistral') ? 'any' : 'auto';
    return { ...other, toolChoice, resultsWithText: false, prefill: false };
  }
  if (text.includes('gpt-oss')) return { ...other, thinking: 'gpt-oss', off: 'never' };
  if (text.includes('qwen')) return { ...other, thinking: 'qwen' };
  // An id that names nobody may be any model: what most take is sent, and the service itself refuses the rest.
  if (text.startsWith('arn:') && !/foundation-model/.test(text)) {
    return {
      ...other,
      schemas: features.includes('json-schema'),
      toolChoice: 'tool',
      cache: true,
      cacheTools: true,
      resultMedia: STILLS,
      resultStatus: true,
    };
  }
  return other;
}

function novaRules(text: string): Partial<ModelRules> {
  return {
    thinking: text.includes('nova-2') ? 'nova' : 'none',
    off: text.includes('nova-2') ? 'disabled' : 'omit',
    topK: 'nova',
    toolChoice: 'tool',
    schemas: false,
    cache: true,
    resultMedia: ALL,
    resultStatus: true,
    prefill: false,
  };
}

/** Versions compare as major * 100 + minor: `claude-3-7-sonnet-20250219` is 307, `claude-opus-4-6-v1` is 406. */
const VERSION = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/** The same models, and the same steps between them, as at Anthropic's own API. */
function claudeRules(text: string): ModelRules {
  const match = VERSION.exec(text);
  // The first ones are named otherwise; any other without a number is taken for the newest.
  const unnumbered = /claude-(?:v2|instant)/.test(text) ? 200 : 9999;
  const version = match === null ? unnumbered : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const isAlwaysThinking = /fable|mythos/.test(text);
  const isForced = isAlwaysThinking ? version < 501 : version < 505;
  return {
    family: 'anthropic',
    thinking: version >= 406 ? 'claude-effort' : version >= 307 ? 'claude-budget' : 'none',
    efforts: version >= 407 ? ['low', 'medium', 'high', 'xhigh', 'max'] : ['low', 'medium', 'high', 'max'],
    off: claudeOff(version, text),
    topK: 'top_k',
    sampling: version < 407,
    temperatureWithTopP: version < 401,
    toolChoice: isForced || text.includes('haiku') ? 'tool' : 'auto',
    schemas: version >= 405,
    closedSchemas: true,
    cache: true,
    cacheTools: true,
    cacheTtl: version >= 405,
    resultMedia: STILLS,
    resultStatus: true,
    resultsWithText: true,
    startsWithUser: false,
    prefill: version < 406,
    stopSequence: true,
  };
}

/** Models before 5 think only when they are asked to, and some of them refuse the word that says no. */
function claudeOff(version: number, text: string): ModelRules['off'] {
  if (/fable|mythos/.test(text) || (text.includes('opus') && version >= 505 && version < 9999))
    return 'never';
  return version < 307 || (version >= 407 && version < 500) ? 'omit' : 'disabled';
}
