import type {
  CanonicalRequest,
  CanonicalResponse,
  MediaPart,
  MediaSource,
  Message,
  Part,
  Tool,
  ToolCallPart,
} from '../canonical.ts';
import type { Json } from '../json.ts';

/** One thing a request or a reply says, as far as it has an effect. */
export interface Fact {
  /** JSON pointer to where it is said. */
  path: string;
  /** `temperature`, `text`, `tool-call`, ... */
  kind: string;
  /** What must be found again. Empty: that there is one of this kind. */
  value: string;
  /** All that is needed is as many of this kind as before. */
  counted?: boolean;
}

/** Everything a request asks for, less what services do anyway. */
export function requestFacts(request: CanonicalRequest): Fact[] {
  const facts: Fact[] = [];
  for (const [name, value] of Object.entries(request)) {
    if (hasEffect(name, value as Json, request)) facts.push({ path: `/${name}`, kind: name, value: '' });
  }
  if (request.output?.format === 'json' && request.output.schema !== undefined) {
    facts.push({ path: '/output/schema', kind: 'output schema', value: '' });
  }
  for (const [at, tool] of (request.tools ?? []).entries()) facts.push(...toolFacts(tool, `/tools/${at}`));
  for (const [at, message] of request.messages.entries())
    facts.push(...messageFacts(message, `/messages/${at}`));
  return facts;
}

/** The content of a reply. Ids, usage and the finish reason have their own tests. */
export function responseFacts(response: CanonicalResponse): Fact[] {
  const facts = response.parts.flatMap((part, at) => partFacts(part, `/parts/${at}`));
  for (const [at, { parts }] of (response.candidates ?? []).entries()) {
    facts.push(...parts.flatMap((part, index) => partFacts(part, `/candidates/${at}/parts/${index}`)));
  }
  return facts;
}

/** Tells which facts are among `after`, wherever they stand now: encoders regroup messages. */
export function survivors(after: Fact[]): (fact: Fact) => boolean {
  const values = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { kind, value } of after) {
    values.set(kind, `${values.get(kind) ?? ''}${value}\n`);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const asked = new Map<string, number>();
  return (fact) => {
    const place = asked.get(fact.kind) ?? 0;
    asked.set(fact.kind, place + 1);
    if (fact.counted === true) return place < (counts.get(fact.kind) ?? 0);
    return counts.has(fact.kind) && (values.get(fact.kind) ?? '').includes(fact.value);
  };
}

/** Fields whose pieces are facts of their own, or that say nothing a provider acts on. */
const apart = new Set(['model', 'messages', 'tools', 'stream', 'extensions']);
/** What services do when nothing is said. */
const usual: Record<string, Json[]> = {
  candidates: [1],
  frequencyPenalty: [0],
  presencePenalty: [0],
  temperature: [1],
  topP: [1],
  store: [false],
  parallelToolCalls: [true],
  serviceTier: ['auto', 'default', 'standard', 'standard_only'],
  verbosity: ['medium'],
};

function hasEffect(name: string, value: Json | undefined, request: CanonicalRequest): boolean {
  if (value === undefined || apart.has(name)) return false;
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
    return name === 'logprobs';
  const hasTools = (request.tools ?? []).length > 0;
  if (name === 'toolChoice') return hasTools && request.toolChoice?.type !== 'auto';
  if (name === 'parallelToolCalls') return hasTools && value === false;
  if (name === 'output') return request.output?.format === 'json';
  if (name === 'modalities') return request.modalities?.some((modality) => modality !== 'text') === true;
  if (name === 'reasoning') return request.reasoning?.effort !== 'auto';
  return !(usual[name]?.includes(value) ?? false);
}

function toolFacts(tool: Tool, path: string): Fact[] {
  const facts: Fact[] = [];
  if (tool.type === 'opaque') return [{ path, kind: 'opaque tool', value: JSON.stringify(tool.value) }];
  if (tool.type === 'web-search') return [{ path, kind: 'web search', value: '' }];
  facts.push({ path, kind: 'tool', value: tool.name });
  if (tool.description)
    facts.push({ path: `${path}/description`, kind: 'tool description', value: tool.description });
  if (tool.type === 'custom') {
    facts.push({ path, kind: 'custom tool', value: tool.name });
    return facts;
  }
  if (tool.strict === true)
    facts.push({ path: `${path}/strict`, kind: 'strict tool', value: '', counted: true });
  if (tool.cache !== undefined)
    facts.push({ path: `${path}/cache`, kind: 'cache', value: '', counted: true });
  return facts;
}

function messageFacts(message: Message, path: string): Fact[] {
  const facts = message.parts.flatMap((part, at) => partFacts(part, `${path}/parts/${at}`));
  if (message.name !== undefined)
    facts.push({ path: `${path}/name`, kind: 'speaker name', value: message.name });
  return facts;
}

function partFacts(part: Part, path: string): Fact[] {
  const facts = contentFacts(part, path);
  if (part.cache !== undefined)
    facts.push({ path: `${path}/cache`, kind: 'cache', value: '', counted: true });
  if (part.signature !== undefined) {
    facts.push({ path: `${path}/signature`, kind: 'signature', value: JSON.stringify(part.signature.value) });
  }
  return facts;
}

function contentFacts(part: Part, path: string): Fact[] {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      // A refusal that arrives as text has been heard.
      const facts: Fact[] = part.text === '' ? [] : [{ path, kind: 'text', value: part.text }];
      const citations = (part.type === 'text' && part.citations) || [];
      for (const at of citations.keys()) {
        facts.push({ path: `${path}/citations/${at}`, kind: 'citation', value: '', counted: true });
      }
      if (part.logprobs?.length) facts.push({ path: `${path}/logprobs`, kind: 'logprobs', value: '' });
      return facts;
    }
    case 'reasoning':
      return part.text === '' ? [] : [{ path, kind: 'reasoning text', value: part.text }];
    case 'media':
      return mediaFacts(part, path);
    case 'tool-call':
      return [{ path, kind: 'tool call', value: `${part.name} ${inputOf(part)}` }];
    case 'tool-result': {
      const facts = part.output.flatMap((each, at) => partFacts(each, `${path}/output/${at}`));
      if (part.isError === true)
        facts.push({ path: `${path}/isError`, kind: 'tool error', value: '', counted: true });
      return facts;
    }
    case 'json':
      return [{ path, kind: 'json', value: JSON.stringify(part.value) }];
    case 'opaque':
      return [{ path, kind: 'opaque part', value: JSON.stringify(part.value) }];
    default:
      throw new TypeError(`unknown part type '${(part as { type: string }).type}'`);
  }
}

function mediaFacts(part: MediaPart, path: string): Fact[] {
  const facts: Fact[] = [{ path, kind: 'media', value: sourceText(part.source) }];
  const isUsual = part.detail === undefined || part.detail === 'auto';
  if (!isUsual) facts.push({ path: `${path}/detail`, kind: 'detail', value: part.detail ?? '' });
  if (part.title !== undefined) facts.push({ path: `${path}/title`, kind: 'title', value: part.title });
  return facts;
}

function sourceText(source: MediaSource): string {
  switch (source.type) {
    case 'base64':
      return source.data;
    case 'url':
      return source.url;
    case 'text':
      return source.text;
    case 'file':
      return JSON.stringify(source.value);
    default:
      throw new TypeError(`unknown media source '${(source as { type: string }).type}'`);
  }
}

/** Free text crosses as a function's one string where there are no free-text tools. */
function inputOf({ kind, input }: ToolCallPart): string {
  return kind === 'custom' ? JSON.stringify({ input }) : settle(input);
}

/** Tool input without the spaces models differ in; text that is no JSON stays as it is. */
function settle(input: string): string {
  try {
    return JSON.stringify(JSON.parse(input) as Json);
  } catch {
    return input;
  }
}
